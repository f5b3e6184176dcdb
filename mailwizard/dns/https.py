"""DNS over HTTPS (RFC 8484): the way to a resolver where port 53 is blocked or somebody else answers on it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from mailwizard.dns.answer import Answer
from mailwizard.dns.message import decode, question
from mailwizard.dns.names import Malformed, normal
from mailwizard.dns.reading import read, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

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


async def over_https(url: str, server: str, name: str, type: str) -> Answer:
    """What the resolver at `url` says; UNKNOWN with `why` when it says nothing usable. Never raises."""
    import httpx  # 70 ms that nobody pays whose port 53 works

    name, label = normal(name), f"{server} over HTTPS"
    try:
        asked = question(name, type, recursive=True)
    except ValueError as error:
        return unknown(name, type, str(error), label)
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            reply = await client.post(url, content=asked.packet, headers={"content-type": _TYPE, "accept": _TYPE})
        if reply.status_code != 200 or reply.headers.get("content-type") != _TYPE:
            return unknown(name, type, f"HTTP status {reply.status_code}", label)
        return read(name, type, decode(reply.content), server=label, recursive=True)
    except (httpx.HTTPError, ssl.SSLError, OSError) as error:
        return unknown(name, type, f"no answer over HTTPS ({str(error) or 'timed out'})", label)
    except Malformed as error:
        return unknown(name, type, f"a broken answer: {error}", label)
