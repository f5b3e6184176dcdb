"""HTTP from the machine: what `local` does with httpx, over a connection that the machine makes."""

from __future__ import annotations

import asyncio
import http.client
import io
import ipaddress
import ssl
from urllib.parse import SplitResult, urlsplit

from mailwizard import __version__
from mailwizard.errors import FileMissing, FileUnreadable, HostError, Unreachable
from mailwizard.host.protocol import Host, Stream

LONGEST_PAGE = 65536  # bytes
_LONGEST_HEAD = 65536  # bytes
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"  # where Debian and Ubuntu keep the authorities
_LOOK_UP = {0: "ahosts", 4: "ahostsv4", 6: "ahostsv6"}


class Web:
    """HTTP GET from a machine, which vouches for the other side with the authorities that it trusts itself."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._system: str | None = None

    async def fetch(self, url: str, family: int, ca_bundle: str, timeout: float) -> tuple[int, bytes]:
        """Status and body (its first 64 KiB); no redirect, no proxy. Raises Unreachable, HostError (ca_bundle)."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(f"{url}: this is no address of a web page.")
        context = await self._trust(ca_bundle) if parts.scheme == "https" else None
        try:
            return await asyncio.wait_for(self._get(parts, family, context, timeout), timeout)
        except asyncio.TimeoutError:
            raise Unreachable(f"{url}: no answer within {timeout:g} s.") from None
        except Unreachable as error:
            raise Unreachable(f"{url}: {error}") from None

    async def _get(
        self, parts: SplitResult, family: int, context: ssl.SSLContext | None, timeout: float
    ) -> tuple[int, bytes]:
        name = parts.hostname or ""
        stream = await self._connected(name, parts.port or (443 if context else 80), family, timeout)
        try:
            if context is not None:
                stream = await _secured(stream, context, name)
            await stream.write(_request(parts))
            return _response(await _all_of(stream))
        finally:
            await stream.close()

    async def _connected(self, name: str, port: int, family: int, timeout: float) -> Stream:
        failure = Unreachable(f"{name} is not found in the DNS.")
        for address in await self._addresses(name, family):
            try:
                return await self._host.dial(address, port, timeout=timeout)
            except Unreachable as error:
                failure = error
        raise failure

    async def _addresses(self, name: str, family: int) -> list[str]:
        """The addresses that the machine itself finds for the name (getent(1))."""
        try:
            return [str(ipaddress.ip_address(name))]
        except ValueError:
            ran = await self._host.run(["getent", _LOOK_UP[family], name], timeout=15)
        found = dict.fromkeys(line.split()[0] for line in ran.out.splitlines() if line.strip())
        return [address for address in found if not address.startswith("::ffff:")]

    async def _trust(self, ca_bundle: str) -> ssl.SSLContext:
        from mailwizard.mta.tls_stream import checking_context

        if self._system is None:
            self._system = await self._text(_BUNDLE)
        context = checking_context(self._system)
        if ca_bundle:
            own = await self._text(ca_bundle)
            try:
                context.load_verify_locations(cadata=own)
            except (ssl.SSLError, ValueError):
                raise HostError(f"certificate.ca_bundle: {ca_bundle} cannot be used: no certificate in it.") from None
        return context

    async def _text(self, path: str) -> str:
        """A bundle on the machine; empty when there is none."""
        try:
            return (await self._host.read(path)).decode("ascii", "ignore")
        except (FileMissing, FileUnreadable):
            return ""


async def _secured(stream: Stream, context: ssl.SSLContext, name: str) -> Stream:
    from mailwizard.mta.tls_stream import TlsStream, UntrustedCertificate

    try:
        return await TlsStream.start(stream, context, name)
    except UntrustedCertificate as error:
        raise Unreachable(str(error)) from None


def _request(parts: SplitResult) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    place = parts.netloc.rpartition("@")[2]
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {place}",
        f"User-Agent: mailwizard/{__version__}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace")


async def _all_of(stream: Stream) -> bytes:
    """What the other side sends until it ends, or until there is more than is wanted."""
    data = b""
    while len(data) < LONGEST_PAGE + _LONGEST_HEAD:
        if not (piece := await stream.read()):
            break
        data += piece
    return data


class _Received:
    """What `http.client` wants of a socket: a file to read from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        """All that was received."""
        return io.BytesIO(self._data)


def _response(data: bytes) -> tuple[int, bytes]:
    # of the socket that it wants it uses nothing but `makefile`
    response = http.client.HTTPResponse(_Received(data))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read(LONGEST_PAGE)
    except http.client.IncompleteRead as error:
        body = error.partial[:LONGEST_PAGE]
    except (http.client.HTTPException, ValueError, OSError):
        raise Unreachable("it does not speak HTTP.") from None
    return response.status, body
