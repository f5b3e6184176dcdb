"""DNS over HTTPS (RFC 8484): the way to a resolver where port 53 is blocked or somebody else answers on it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from mailwizard.dns.answer import Answer
from mailwizard.dns.failure import NoReply
from mailwizard.dns.message import Message, Question, decode, question
from mailwizard.dns.names import Malformed, normal
from mailwizard.dns.reading import read, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

TIMEOUT = 5.0  # seconds
_TYPE = "application/dns-message"
# by address: the certificates of these resolvers name their addresses, so nothing has to be looked up first
ENDPOINTS: Mapping[str, str] = {
    address: f"https://{f'[{address}]' if ':' in address else address}/dns-query"
    for address in (
        *("1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001"),
        *("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"),
        *("9.9.9.9", "149.112.112.112", "2620:fe::fe", "2620:fe::9"),
    )
}


class OverHttps:
    """Asks resolvers over HTTPS; connections are kept until `close`. Nothing is loaded before the first question."""

    def __init__(self, endpoints: Mapping[str, str] = ENDPOINTS) -> None:
        self._endpoints = endpoints
        self._client: httpx.AsyncClient | None = None

    def knows(self, server: str) -> bool:
        """True when the resolver at this IP address answers over HTTPS."""
        return server in self._endpoints

    async def ask(self, server: str, name: str, type: str) -> Answer:
        """What the resolver says; UNKNOWN with `why` when it says nothing usable. Never raises."""
        name, label = normal(name), f"{server} over HTTPS"
        try:
            message = await self._message(self._endpoints[server], question(name, type, recursive=True))
        except (ValueError, NoReply) as error:
            return unknown(name, type, str(error), label)
        return read(name, type, message, server=label, recursive=True)

    async def _message(self, url: str, asked: Question) -> Message:
        import httpx  # 70 ms that nobody pays whose port 53 works

        self._client = self._client or httpx.AsyncClient(timeout=TIMEOUT)
        try:
            reply = await self._client.post(url, content=asked.packet, headers={"content-type": _TYPE, "accept": _TYPE})
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise NoReply(f"no answer over HTTPS ({str(error) or 'timed out'})") from error
        if reply.status_code != 200 or reply.headers.get("content-type") != _TYPE:
            raise NoReply(f"no answer over HTTPS (status {reply.status_code})")
        try:
            return decode(reply.content)
        except Malformed as error:
            raise NoReply(f"a broken answer: {error}") from error

    async def close(self) -> None:
        """Closes the connections."""
        if self._client:
            await self._client.aclose()
            self._client = None
