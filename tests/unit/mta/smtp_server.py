"""A small SMTP server on the loopback, with TLS, that does what it is told; and a host that can only dial."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailwizard.errors import Unreachable


@dataclass
class Authority:
    """A certificate for `name`, signed by itself; `pem` is what trusts it."""

    folder: Path
    name: str = "smtp.example.com"
    pem: str = field(init=False)
    der: bytes = field(init=False)
    context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(self.name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        chain, private = self.folder / "chain.pem", self.folder / "key.pem"
        chain.write_text(self.pem)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, private)


@dataclass
class SmtpServer:
    """Listens on 127.0.0.1. `answers` replaces the answer to a command; `accounts` may log in."""

    authority: Authority
    implicit_tls: bool = False
    banner: bytes = b"220 smtp.example.com ESMTP test\r\n"
    answers: dict[str, bytes] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> SmtpServer:
        tls = self.authority.context if self.implicit_tls else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.banner)
            while line := await reader.readline():
                verb = line.split()[0].decode().upper() if line.split() else ""
                self.commands.append(line.decode().strip())
                writer.write(self.answers.get(verb) or await self._answer(verb, line, reader, writer))
                if verb == "STARTTLS" and verb not in self.answers:
                    await self._upgrade(reader, writer)
                if verb == "QUIT":
                    break
        except (ConnectionError, ssl.SSLError):
            pass  # the client left, as some tests want
        finally:
            writer.close()

    async def _upgrade(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        protocol = transport.get_protocol()
        secure = await asyncio.get_running_loop().start_tls(
            transport, protocol, self.authority.context, server_side=True
        )
        reader._transport = secure  # type: ignore[attr-defined]
        writer._transport = secure  # type: ignore[attr-defined]

    async def _answer(
        self, verb: str, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        if verb == "EHLO":
            return b"250-smtp.example.com\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n"
        if verb == "STARTTLS":
            return b"220 go ahead\r\n"
        if verb == "AUTH":
            _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
            known = self.accounts.get(user) == password
            return b"235 2.7.0 welcome\r\n" if known else b"535 5.7.8 Incorrect user or password\r\n"
        if verb == "DATA":
            writer.write(b"354 go\r\n")
            self.messages.append((await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n"))
        return b"250 ok\r\n"


class _Socket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        try:
            return await self._reader.read(4096)
        except OSError as error:
            raise Unreachable("The connection broke.") from error

    async def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise Unreachable("The connection broke.") from error

    async def close(self) -> None:
        self._writer.close()


async def dial(address: str, port: int, *, source: str = "", timeout: float = 10) -> _Socket:
    """A connection of this machine. Raises Unreachable."""
    try:
        return _Socket(*await asyncio.wait_for(asyncio.open_connection(address, port), timeout))
    except OSError as error:
        raise Unreachable(f"{address}:{port} refused the connection.") from error
