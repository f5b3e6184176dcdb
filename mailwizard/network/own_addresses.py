"""Under which addresses others know this server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.answers import Answers
from mailwizard.host.protocol import Host
from mailwizard.network.proposal import proposed
from mailwizard.network.routes import reaches_outside, route_out


@dataclass(frozen=True)
class OwnAddresses:
    """The server's addresses; "" where there is none, none is wanted, or it cannot be told."""

    ipv4: str = ""
    ipv6: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Those that there are, IPv4 first."""
        return tuple(address for address in (self.ipv4, self.ipv6) if address)


async def own_addresses(host: Host, answers: Answers) -> OwnAddresses:
    """The answers' addresses, else those that the kernel sends from. Only asks the machine itself; nothing is kept.

    IPv6 that is still switched off is the address that netplan's files have ready; none with `ipv6 = "off"`.
    """
    ipv4, ipv6 = await asyncio.gather(_ipv4(host, answers), _ipv6(host, answers))
    return OwnAddresses(ipv4, ipv6)


async def _ipv4(host: Host, answers: Answers) -> str:
    if answers.server.ipv4:
        return answers.server.ipv4
    route = await route_out(host, 4)
    return route.source if route and reaches_outside(route.source) else ""


async def _ipv6(host: Host, answers: Answers) -> str:
    if answers.server.ipv4_only:
        return ""
    if answers.server.ipv6:
        return answers.server.ipv6
    route = await route_out(host, 6)
    if route and reaches_outside(route.source):
        return route.source
    return (await proposed(host, answers)).address
