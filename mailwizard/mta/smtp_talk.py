"""A conversation with an SMTP server, command by command (RFC 5321, RFC 3207, RFC 4954, RFC 8314)."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Dials, Stream
from mailwizard.mta.tls_stream import TlsStream, checking_context, unchecked_context
from mailwizard.secret import Secret
from mailwizard.text import one_line

_LINE = re.compile(rb"([2-5][0-9]{2})([ -]|$)(.*)")
_LONGEST = 4096  # bytes a line; RFC 5321 says 512, real servers say more
_MOST = 200  # lines a reply
_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """A server's answer: its code (RFC 5321 section 4.2) and its text, lines joined by newlines, not made printable."""

    code: int
    text: str

    @property
    def ok(self) -> bool:
        """True for 2xx and 3xx."""
        return self.code < 400

    def __str__(self) -> str:
        return one_line(f"{self.code} {self.text}")


class SmtpTalk:
    """One connection. Every method raises Unreachable when it breaks or is silent, HostError when it is not SMTP."""

    def __init__(self, stream: Stream, place: str, timeout: float) -> None:
        self._stream = stream
        self._place = place
        self._timeout = timeout
        self._buffer = b""
        self.banner = Reply(0, "")
        self.features: frozenset[str] = frozenset()  # what EHLO offered, upper case: "STARTTLS", "AUTH PLAIN"

    @classmethod
    async def open(
        cls,
        host: Dials,
        address: str,
        port: int,
        *,
        tls: bool = False,
        server_name: str = "",
        verify: bool = True,
        ca: str = "",
        source: str = "",
        timeout: float = 15,
    ) -> SmtpTalk:
        """Connects from `host` and waits for the banner (in `banner`). `tls`: TLS from the first byte (port 465).

        `verify`, `server_name`, `ca`: as in `starttls`. `source`: the address to connect from.
        `timeout`: seconds a step. Raises Unreachable, UntrustedCertificate or HostError.
        """
        place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        talk = cls(await host.dial(address, port, source=source, timeout=timeout), place, timeout)
        try:
            if tls:
                await talk._secure(server_name, verify, ca)
            talk.banner = await talk._reply()
        except HostError:
            await talk.close()
            raise
        return talk

    @property
    def peer_certificate(self) -> bytes:
        """The server's certificate, DER; empty before TLS."""
        return self._stream.peer_certificate if isinstance(self._stream, TlsStream) else b""

    @property
    def tls_version(self) -> str:
        """ "TLSv1.3"; empty before TLS."""
        return self._stream.version if isinstance(self._stream, TlsStream) else ""

    async def ehlo(self, name: str) -> Reply:
        """Greets as `name`; what the server offers is in `features` then."""
        reply = await self.command(f"EHLO {name}")
        if reply.ok:
            self.features = frozenset(line.strip().upper() for line in reply.text.split("\n")[1:])
        return reply

    async def starttls(self, *, server_name: str = "", verify: bool = True, ca: str = "") -> Reply:
        """Goes over to TLS when the server agrees. With `verify` its certificate must hold for `server_name`, by the
        system's authorities or those in `ca` (PEM text). Raises UntrustedCertificate."""
        reply = await self.command("STARTTLS")
        if not reply.ok:
            return reply
        if self._buffer:
            raise HostError(f"{self._place} sent more before TLS began: somebody may be tampering with the connection.")
        await self._secure(server_name, verify, ca)
        self.features = frozenset()
        return reply

    async def auth_plain(self, user: str, password: Secret) -> Reply:
        """Logs in (RFC 4616). Raises HostError, sending nothing, when the connection is not encrypted."""
        if not self.tls_version:
            raise HostError(f"No password is sent to {self._place}: the connection is not encrypted.")
        token = base64.b64encode(f"\0{user}\0{password.reveal()}".encode()).decode()
        return await self.command(f"AUTH PLAIN {token}")

    async def mail(self, sender: str) -> Reply:
        """Names the envelope's sender; empty for a bounce."""
        return await self.command(f"MAIL FROM:<{sender}>")

    async def rcpt(self, recipient: str) -> Reply:
        """Names one recipient."""
        return await self.command(f"RCPT TO:<{recipient}>")

    async def data(self, message: bytes) -> Reply:
        """Hands over a message. Lines are ended by CRLF, leading dots doubled (RFC 5321 section 4.5.2)."""
        reply = await self.command("DATA")
        if reply.code != 354:
            return reply
        lines = message.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
        body = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
        await self._within(self._stream.write(body + b".\r\n"))
        return await self._reply()

    async def quit(self) -> None:
        """Says goodbye and ends the connection. Never raises."""
        try:
            await self.command("QUIT")
        except HostError:
            pass  # the server hung up first: nothing was left to say
        finally:
            await self.close()

    async def command(self, line: str) -> Reply:
        """Sends one line and returns the answer to it. Raises HostError, sending nothing, for a line break in it."""
        if "\r" in line or "\n" in line:
            raise HostError("An address or name with a line break in it is not sent to a mail server.")
        await self._within(self._stream.write(line.encode("utf-8", "replace") + b"\r\n"))
        return await self._reply()

    async def close(self) -> None:
        """Ends the connection. Never raises."""
        await self._stream.close()

    async def __aenter__(self) -> SmtpTalk:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _secure(self, server_name: str, verify: bool, ca: str) -> None:
        context = checking_context(ca) if verify else unchecked_context()
        self._stream = await self._within(TlsStream.start(self._stream, context, server_name))

    async def _reply(self) -> Reply:
        texts: list[str] = []
        for _ in range(_MOST):
            line = await self._within(self._line())
            match = _LINE.fullmatch(line)
            if not match:
                raise HostError(
                    f"{self._place} does not speak SMTP: it said {one_line(line[:80].decode('latin-1'))!r}."
                )
            texts.append(match[3].decode("utf-8", "backslashreplace"))
            if match[2] != b"-":
                return Reply(int(match[1]), "\n".join(texts))
        raise HostError(f"{self._place} does not speak SMTP: its answer has no end.")

    async def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST:
                raise HostError(f"{self._place} does not speak SMTP: it sent a line of more than {_LONGEST} bytes.")
            data = await self._stream.read()
            if not data:
                raise Unreachable(f"{self._place} ended the connection.")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.removesuffix(b"\r")

    async def _within(self, step: Awaitable[_T]) -> _T:
        try:
            return await asyncio.wait_for(step, self._timeout)
        except asyncio.TimeoutError as error:
            raise Unreachable(f"{self._place} did not answer within {self._timeout:g} seconds.") from error
