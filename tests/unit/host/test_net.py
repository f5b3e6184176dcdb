"""TCP and HTTP against real servers on the loopback."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def host() -> LocalHost:
    return LocalHost(CommandLog())


@asynccontextmanager
async def served(serve: Serve, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(once, address, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def page(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return serve


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_conversation(host: LocalHost) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        writer.write((await reader.readline()).upper())

    async with served(serve) as port:
        stream = await host.dial("127.0.0.1", port)
        assert await stream.read() == b"220 hello\r\n"
        await stream.write(b"ehlo\n")
        assert await stream.read() == b"EHLO\n"
        assert await stream.read() == b""
        await stream.close()


async def test_the_source_address(host: LocalHost) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("peername")[0].encode())

    async with served(serve) as port:
        stream = await host.dial("127.0.0.1", port, source="127.0.0.9")
        assert await stream.read() == b"127.0.0.9"
        await stream.close()
    with pytest.raises(Unreachable, match="annot assign requested address"):
        await host.dial("127.0.0.1", port, source="192.0.2.1")


async def test_refused(host: LocalHost) -> None:
    port = free_port()
    with pytest.raises(Unreachable, match=rf"^127.0.0.1 port {port}: the connection was refused\.$"):
        await host.dial("127.0.0.1", port)


async def test_a_name_is_never_looked_up(host: LocalHost) -> None:
    with pytest.raises(Unreachable, match=r"^localhost is no IP address\.$"):
        await host.dial("localhost", 25)


async def test_no_answer(host: LocalHost) -> None:
    with socket.socket() as full:  # a backlog that is full drops what comes
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        others = [socket.socket() for _ in range(4)]
        for one in others:
            one.setblocking(False)
            one.connect_ex(address)
        try:
            with pytest.raises(Unreachable, match=r"no answer within 0\.3 s"):
                await host.dial("127.0.0.1", address[1], timeout=0.3)
        finally:
            for one in others:
                one.close()


async def test_a_cut_connection(host: LocalHost) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = b"\1\0\0\0\0\0\0\0"  # close with a reset
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    async with served(serve) as port:
        stream = await host.dial("127.0.0.1", port)
        await stream.write(b"xx")
        with pytest.raises(Unreachable, match="the other side cut the connection"):
            await stream.read()
        await stream.close()


async def test_a_page(host: LocalHost) -> None:
    async with served(page(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n192.0.2.7")) as port:
        assert await host.fetch(f"http://127.0.0.1:{port}/") == (200, b"192.0.2.7")


async def test_a_redirect_is_not_followed(host: LocalHost) -> None:
    async with served(page(b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")) as port:
        assert await host.fetch(f"http://127.0.0.1:{port}/") == (301, b"")


async def test_an_endless_page_is_cut(host: LocalHost) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except OSError:
            return

    async with served(serve) as port:
        status, body = await host.fetch(f"http://127.0.0.1:{port}/")
        assert (status, len(body)) == (200, 65536)


async def test_the_version_of_ip(host: LocalHost) -> None:
    async with served(page(b"HTTP/1.1 204 No\r\n\r\n")) as port:
        assert (await host.fetch(f"http://127.0.0.1:{port}/", family=4))[0] == 204
        with pytest.raises(Unreachable):
            await host.fetch(f"http://127.0.0.1:{port}/", family=6)


async def test_no_proxy_comes_between(host: LocalHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with served(page(b"HTTP/1.1 204 No\r\n\r\n")) as port:
        assert (await host.fetch(f"http://127.0.0.1:{port}/"))[0] == 204


async def test_a_page_that_never_comes(host: LocalHost) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with served(serve) as port:
        with pytest.raises(Unreachable, match=r"no answer within 0\.5 s"):
            await host.fetch(f"http://127.0.0.1:{port}/", timeout=0.5)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{port}/", "the connection was refused"),
        ("http://mailwizard-test.invalid/", "the name could not be looked up"),
        ("nonsense", "nonsense: "),
        ("http://[::1", "http://\\[::1: "),
    ],
)
async def test_what_cannot_be_fetched(host: LocalHost, url: str, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        await host.fetch(url.replace("{port}", str(free_port())))


async def test_an_answer_that_is_no_http(host: LocalHost) -> None:
    async with served(page(b"220 smtp.example.com ESMTP\r\n")) as port:
        with pytest.raises(Unreachable):
            await host.fetch(f"http://127.0.0.1:{port}/")


async def test_an_authority_of_ones_own(host: LocalHost, tmp_path: Path) -> None:
    bundle, tls = authority_without_key_usage(tmp_path)
    async with served(page(b"HTTP/1.1 204 No\r\n\r\n"), tls=tls) as port:
        assert (await host.fetch(f"https://127.0.0.1:{port}/", ca_bundle=str(bundle)))[0] == 204
        with pytest.raises(Unreachable, match="its certificate is not trusted"):
            await host.fetch(f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize(("text", "words"), [(None, "no such file"), ("nothing", "no certificate in it")])
async def test_a_bundle_that_is_none(host: LocalHost, tmp_path: Path, text: str | None, words: str) -> None:
    bundle = tmp_path / "ca.pem"
    if text is not None:
        bundle.write_text(text)
    with pytest.raises(HostError, match=words):
        await host.fetch("https://127.0.0.1/", ca_bundle=str(bundle))


def authority_without_key_usage(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """An old-fashioned authority, as Python 3.13 refuses by default, and a server's certificate of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("authority", "server")]
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(number: int, extension: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(names[0], names[number], keys[number].public_key())
        builder = builder.serial_number(number + 1).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1)).add_extension(extension, critical=False)
        return builder.sign(keys[0], hashes.SHA256())

    pem = serialization.Encoding.PEM
    bundle, chain = folder / "ca.pem", folder / "chain.pem"
    bundle.write_bytes(certificate(0, x509.BasicConstraints(ca=True, path_length=None)).public_bytes(pem))
    names_of_server = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    secret = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(certificate(1, names_of_server).public_bytes(pem) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return bundle, context
