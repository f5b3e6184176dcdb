"""Connections and web pages from the machine, with real servers."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Stream
from mailwizard.host.ssh import SshHost, connect
from mailwizard.log import CommandLog
from tests.unit.host.sshd import Sshd

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
Started = Callable[..., Coroutine[Any, Any, int]]


@pytest.fixture
async def served() -> AsyncIterator[Started]:
    """Starts a server on 127.0.0.1 and returns its port."""
    servers = []

    async def start(serve: Serve, context: ssl.SSLContext | None = None) -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(f"from {writer.get_extra_info('peername')[0]}\n".encode())
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def said(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := await stream.read()):
        data += piece
    return data


@pytest.mark.parametrize("source", ["", "127.0.0.3"])
@pytest.mark.parametrize("forwarding", ["yes", "no"])
async def test_a_connection_carries_bytes_both_ways(
    stopped_sshd: Sshd, served: Started, source: str, forwarding: str
) -> None:
    stopped_sshd.accept()
    stopped_sshd.start(f"AllowTcpForwarding {forwarding}")
    host = await connect(stopped_sshd.where, CommandLog())
    port = await served(echo)
    stream = await host.dial("127.0.0.1", port, source=source)
    greeting = f"from {source or '127.0.0.1'}\n".encode()
    assert await said(stream, len(greeting)) == greeting
    data = bytes(range(256)) * 2000
    writing = asyncio.create_task(stream.write(data))
    assert await said(stream, len(data)) == data
    await writing
    await stream.close()
    await stream.close()
    await host.close()


@pytest.mark.parametrize("forwarding", ["yes", "no"])
async def test_the_end_of_a_connection_is_seen(stopped_sshd: Sshd, served: Started, forwarding: str) -> None:
    stopped_sshd.accept()
    stopped_sshd.start(f"AllowTcpForwarding {forwarding}")
    remote = await connect(stopped_sshd.where, CommandLog())

    async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        writer.close()

    port = await served(short)
    for source in ("", "127.0.0.1"):
        stream = await remote.dial("127.0.0.1", port, source=source)
        assert await said(stream, 100) == b"bye"
        await stream.close()
    await remote.close()


@pytest.mark.parametrize("source", ["", "127.0.0.1"])
async def test_connections_that_were_closed_count_no_more(stopped_sshd: Sshd, served: Started, source: str) -> None:
    stopped_sshd.accept()
    stopped_sshd.start("AllowTcpForwarding no", "MaxSessions 3")
    host = await connect(stopped_sshd.where, CommandLog())

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await asyncio.sleep(300)  # a server that does not hang up

    port = await served(deaf)
    for _ in range(8):
        stream = await host.dial("127.0.0.1", port, source=source)
        assert await stream.read() == b"hello"
        await stream.close()
    await host.close()


async def test_many_connections_at_once(remote: SshHost, served: Started) -> None:
    port = await served(echo)
    streams = await asyncio.gather(*(remote.dial("127.0.0.1", port) for _ in range(20)))
    assert [await said(stream, 15) for stream in streams] == [b"from 127.0.0.1\n"] * 20
    assert (await remote.run(["true"])).ok  # a connection counts not as a session
    for stream in streams:
        await stream.close()


@pytest.mark.parametrize("source", ["", "127.0.0.1"])
async def test_a_refusal_is_named(remote: SshHost, served: Started, source: str) -> None:
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1 port 1: the connection was refused\.$"):
        await remote.dial("127.0.0.1", 1, source=source)


async def test_what_cannot_be_dialled(remote: SshHost) -> None:
    with pytest.raises(Unreachable, match="is no IP address"):
        await remote.dial("localhost; id", 25)
    with pytest.raises(Unreachable, match="cannot assign requested address"):
        await remote.dial("127.0.0.1", 1, source="192.0.2.1")


async def test_a_connection_is_lost_with_the_machine(remote: SshHost, sshd: Sshd, served: Started) -> None:
    stream = await remote.dial("127.0.0.1", await served(echo))
    await said(stream, 15)
    sshd.cut()
    with pytest.raises(Unreachable, match="the connection was lost"):
        await stream.read()


async def test_the_machine_is_seen_from_here(remote: SshHost, served: Started) -> None:
    stream = await remote.dial_from_here(await remote.address_from_here(), await served(echo))
    assert (await said(stream, 5)).startswith(b"from ")
    await stream.close()
    with pytest.raises(Unreachable, match="refused"):
        await remote.dial_from_here("localhost", 1)


async def test_the_machines_address_is_known_again_after_a_cut(remote: SshHost, sshd: Sshd) -> None:
    sshd.cut()
    while remote.is_up:
        await asyncio.sleep(0.05)
    assert await remote.address_from_here() == "127.0.0.1"


def page(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.replace(b"REQUEST", request.split(b"\r\n")[0]))
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", 200, b"yes"),
        (b"HTTP/1.1 200 OK\r\n\r\nREQUEST", 200, b"GET /a?b=c HTTP/1.1"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 301, b""),
        (b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 404, b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", 200, b"cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000, 200, b"x" * 65536),
    ],
    ids=["length", "until the end", "moved", "chunked", "cut off", "too long"],
)
async def test_a_page(remote: SshHost, served: Started, answer: bytes, status: int, body: bytes) -> None:
    port = await served(page(answer))
    assert await remote.fetch(f"http://127.0.0.1:{port}/a?b=c") == (status, body)


async def test_a_name_is_looked_up_on_the_machine(remote: SshHost, served: Started) -> None:
    port = await served(page(b"HTTP/1.1 200 OK\r\n\r\nyes"))
    assert await remote.fetch(f"http://localhost:{port}/", family=4) == (200, b"yes")
    with pytest.raises(Unreachable, match="not found in the DNS"):
        await remote.fetch(f"http://127.0.0.1.nowhere.invalid:{port}/")


async def test_no_page(remote: SshHost, served: Started) -> None:
    port = await served(page(b"220 mail.example ESMTP\r\n"))
    with pytest.raises(Unreachable, match="does not speak HTTP"):
        await remote.fetch(f"http://127.0.0.1:{port}/")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(Unreachable, match="no answer within 2 s"):
        await remote.fetch(f"http://127.0.0.1:{await served(silent)}/", timeout=2)
    with pytest.raises(Unreachable, match="no address of a web page"):
        await remote.fetch("file:///etc/passwd")


async def test_a_certificate_is_checked_with_the_machines_authorities(
    remote: SshHost, served: Started, tmp_path: Path
) -> None:
    for command in (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=own -keyout ca.key -out ca.crt",
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -CA ca.crt "
        "-CAkey ca.key -addext subjectAltName=DNS:localhost -keyout key.pem -out crt.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt.pem", tmp_path / "key.pem")
    port = await served(page(b"HTTP/1.1 200 OK\r\n\r\nyes"), context)
    url, bundle = f"https://localhost:{port}/", str(tmp_path / "ca.crt")
    assert await remote.fetch(url, family=4, ca_bundle=bundle) == (200, b"yes")
    with pytest.raises(Unreachable, match="is not accepted"):
        await remote.fetch(url, family=4)
    with pytest.raises(Unreachable, match="is not accepted"):
        await remote.fetch(f"https://127.0.0.1:{port}/", ca_bundle=bundle)
    with pytest.raises(HostError, match="no certificate in it"):
        await remote.fetch(url, ca_bundle=str(tmp_path / "ca.key"))
