"""TLS over any stream that a machine can make, so that a remote machine's connections are checked like our own."""

from __future__ import annotations

import ssl

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Stream
from mailwizard.text import one_line

_CHUNK = 65536


class UntrustedCertificate(HostError):
    """The other side's certificate is not accepted; the sentence says why."""


def checking_context(ca: str = "") -> ssl.SSLContext:
    """A context that accepts what the system's store vouches for, and besides that the authorities in `ca` (PEM text).

    Python 3.13 refuses authorities that lack an extension (VERIFY_X509_STRICT) and that every mail program accepts:
    that one flag is cleared. Raises HostError when `ca` holds no certificate.
    """
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(cadata=ca)
        except (ssl.SSLError, ValueError) as error:
            raise HostError("The bundle of certificate authorities holds no certificate in PEM form.") from error
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", ssl.VerifyFlags(0))
    return context


def unchecked_context() -> ssl.SSLContext:
    """A context for seeing which certificate is presented, whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class TlsStream:
    """A Stream inside a Stream. Made by `start`."""

    def __init__(self, inner: Stream, context: ssl.SSLContext, server_name: str) -> None:
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name or None)

    @classmethod
    async def start(cls, inner: Stream, context: ssl.SSLContext, server_name: str) -> TlsStream:
        """The stream after its handshake. Raises UntrustedCertificate or Unreachable, HostError for a bad name."""
        try:
            stream = cls(inner, context, server_name)
        except ValueError as error:
            raise HostError(f"{one_line(server_name)} is not a name that a certificate can hold for.") from error
        try:
            while not stream._shaken():
                await stream._flush()
                await stream._feed()
            await stream._flush()
        except ssl.SSLCertVerificationError as error:
            await stream._say_why()
            raise UntrustedCertificate(
                f"The certificate presented for {server_name} is not accepted: {error.verify_message}."
            ) from error
        except ssl.SSLError as error:
            raise Unreachable(f"The TLS connection could not be made: {_reason(error)}.") from error
        return stream

    @property
    def peer_certificate(self) -> bytes:
        """The certificate that the other side presented, DER; empty when it presented none."""
        return self._tls.getpeercert(binary_form=True) or b""

    @property
    def version(self) -> str:
        """The protocol agreed upon: "TLSv1.3"."""
        return self._tls.version() or ""

    async def read(self) -> bytes:
        """Some bytes, empty at the end. Raises Unreachable."""
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._feed():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise Unreachable(f"The TLS connection broke: {_reason(error)}.") from error

    async def write(self, data: bytes) -> None:
        """Sends all of `data`. Raises Unreachable."""
        try:
            for start in range(0, len(data), _CHUNK):
                self._tls.write(data[start : start + _CHUNK])
        except ssl.SSLError as error:
            raise Unreachable(f"The TLS connection broke: {_reason(error)}.") from error
        await self._flush()

    async def close(self) -> None:
        """Ends the connection below. Never raises."""
        await self._inner.close()

    def _shaken(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._inner.write(data)

    async def _feed(self) -> bool:
        data = await self._inner.read()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)

    async def _say_why(self) -> None:
        """The alert goes out, so that the other side's log says why; a connection that is gone already needs none."""
        try:
            await self._flush()
        except Unreachable:
            return


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or error.args[-1] if error.args else "unknown reason").replace("_", " ").lower()
