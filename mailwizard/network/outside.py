"""Under which address others see this machine: asked of two or more services that echo it."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.errors import Unreachable
from mailwizard.host.protocol import Host
from mailwizard.text import one_line

_TIMEOUT = 6


@dataclass(frozen=True)
class Seen:
    """What one echo saw: an address, or why it said none."""

    url: str
    address: str = ""
    why: str = ""

    @property
    def shown(self) -> str:
        """`2001:db8:7::7, says icanhazip.com`."""
        name = self.url.split("/")[2]
        return f"{self.address}, says {name}" if self.address else f"{name}: {self.why}"


async def seen_from_outside(host: Host, urls: Sequence[str], family: int) -> list[Seen]:
    """What each echo sees when it is asked over IPv4 (4) or IPv6 (6), side by side. Never raises for an echo."""
    return list(await asyncio.gather(*(_seen(host, url, family) for url in urls)))


async def _seen(host: Host, url: str, family: int) -> Seen:
    try:
        code, body = await host.fetch(url, family=family, timeout=_TIMEOUT)
    except Unreachable as error:
        return Seen(url, why=one_line(str(error)).removeprefix(f"{url}: "))
    text = body[:100].decode("ascii", "replace").strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return Seen(url, why=f"it answered {code} and no address")
    if code != 200 or address.version != family:
        return Seen(url, why=f"it answered {code} and {address}, which is no IPv{family} address")
    return Seen(url, str(address))
