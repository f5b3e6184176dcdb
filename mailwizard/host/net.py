"""TCP and HTTP from this machine."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path

from mailwizard import __version__
from mailwizard.errors import HostError, Unreachable

LONGEST_PAGE = 65536  # bytes
_ANY = {0: None, 4: "0.0.0.0", 6: "::"}  # bound to, so that only this version of IP can be used
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")  # where Debian and Ubuntu keep the authorities


class TcpStream:
    """A TCP connection."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._name = name
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """Some bytes, at least one; empty at the end. Raises Unreachable when the connection breaks."""
        try:
            return await self._reader.read(65536)
        except OSError as error:
            raise Unreachable(f"{self._name}: {reason(error)}.") from None

    async def write(self, data: bytes) -> None:
        """Sends all of it. Raises Unreachable when the connection breaks."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise Unreachable(f"{self._name}: {reason(error)}.") from None

    async def close(self) -> None:
        """Ends the connection."""
        self._writer.close()
        with suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), 1)


async def dial(address: str, port: int, *, source: str, timeout: float) -> TcpStream:
    """A connection to an IP address, from `source` unless empty. Raises Unreachable with the reason."""
    name = f"{address} port {port}"
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Unreachable(f"{address} is no IP address.") from None
    local = (source, 0) if source else None
    opening = asyncio.open_connection(address, port, local_addr=local, flags=socket.AI_NUMERICHOST)
    try:
        reader, writer = await asyncio.wait_for(opening, timeout)
    except asyncio.TimeoutError:
        raise Unreachable(f"{name}: no answer within {timeout:g} s.") from None
    except OSError as error:
        raise Unreachable(f"{name}: {reason(error)}.") from None
    return TcpStream(name, reader, writer)


async def dial_name(name: str, port: int, *, timeout: float) -> TcpStream:
    """A connection to the first address of `name`, IPv4 before IPv6. Raises Unreachable with the reason."""
    loop = asyncio.get_running_loop()
    try:
        found = await asyncio.wait_for(loop.getaddrinfo(name, port, type=socket.SOCK_STREAM), timeout)
    except (OSError, UnicodeError, asyncio.TimeoutError):
        raise Unreachable(f"{name} port {port}: the name could not be looked up.") from None
    addresses = sorted((str(entry[4][0]) for entry in found), key=lambda address: ":" in address)
    return await dial(addresses[0], port, source="", timeout=timeout)


def reason(error: OSError) -> str:
    """Why a connection failed, in a few words without a full stop."""
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return "the other side cut the connection"
    if isinstance(error, socket.gaierror):
        return "the name could not be looked up"
    if isinstance(error, TimeoutError):
        return "no answer"
    # asyncio wraps the error of bind(2) in a text of its own; the number says it shorter
    return os.strerror(error.errno).lower() if error.errno else (error.strerror or str(error) or "it failed")


async def fetch(url: str, *, family: int, ca_bundle: str, timeout: float) -> tuple[int, bytes]:
    """Status and body (its first 64 KiB) of a GET; no redirect, no proxy. Raises Unreachable, HostError (ca_bundle)."""
    context = _trust(ca_bundle)
    # imported in a thread: it takes a tenth of a second in which everything else goes on
    await asyncio.to_thread(importlib.import_module, "httpx")
    import httpx

    try:
        return await asyncio.wait_for(_get(url, _ANY[family], context, timeout), timeout)
    except (asyncio.TimeoutError, httpx.TimeoutException):
        raise Unreachable(f"{url}: no answer within {timeout:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(f"{url}: {_web_reason(error)}.") from None


async def _get(url: str, local: str | None, context: ssl.SSLContext, timeout: float) -> tuple[int, bytes]:
    from httpx import AsyncClient, AsyncHTTPTransport

    # no environment: through a proxy, an address echo would name the proxy's address
    transport = AsyncHTTPTransport(verify=context, local_address=local, trust_env=False)
    headers = {"User-Agent": f"mailwizard/{__version__}", "Accept-Encoding": "identity"}
    async with (
        AsyncClient(transport=transport, timeout=timeout, trust_env=False, headers=headers) as client,
        client.stream("GET", url) as response,
    ):
        body = b""
        async for piece in response.aiter_raw():
            body += piece
            if len(body) >= LONGEST_PAGE:
                break
        return response.status_code, body[:LONGEST_PAGE]


def _trust(ca_bundle: str) -> ssl.SSLContext:
    """The system's authorities, and those of `ca_bundle`. Raises HostError when that cannot be used."""
    context = ssl.create_default_context()
    # Python 3.13 refuses authorities without the key usage extension, which curl and acme.sh on this system accept
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        if ssl.get_default_verify_paths().cafile is None and _BUNDLE.exists():
            context.load_verify_locations(_BUNDLE)  # a Python that was not built for this system
        if ca_bundle:
            context.load_verify_locations(ca_bundle)
    except OSError as error:  # ssl.SSLError is one
        why = (
            os.strerror(error.errno).lower()
            if error.errno and not isinstance(error, ssl.SSLError)
            else "no certificate in it"
        )
        raise HostError(f"certificate.ca_bundle: {ca_bundle} cannot be used: {why}.") from None
    return context


def _web_reason(error: Exception) -> str:
    """The first cause that says more than httpx does."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and (cause.errno or cause.strerror):
            return reason(cause)
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
