"""What there is to know about the machine's IPv6, gathered at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.answers import Answers
from mailwizard.errors import FileUnreadable
from mailwizard.host.protocol import Host
from mailwizard.network import ipv6_switch, netplan
from mailwizard.network.interface import Address6, Default6, addresses6, defaults6
from mailwizard.network.ipv6_switch import Switch
from mailwizard.network.proposal import Proposal, chosen
from mailwizard.network.routes import Route, route_out


@dataclass(frozen=True)
class NetworkFacts:
    """`interface` is the one that leads outside; "" when none does. `netplan_files` are by path.

    `by_hand` is what the user is to write where netplan does not look after the network; "" where nobody asked.
    """

    interface: str
    ipv4: Route | None
    ipv6: Route | None
    addresses: tuple[Address6, ...]
    defaults: tuple[Default6, ...]
    switch: Switch
    netplan_files: dict[str, str]
    has_netplan: bool
    proposal: Proposal
    by_hand: str = ""

    @property
    def wanted(self) -> str:
        """The IPv6 address that the server is to have; "" when it cannot be told."""
        return self.proposal.address

    @property
    def on_it(self) -> Address6 | None:
        """The wanted address as it is on the interface; None when it is not."""
        return next((item for item in self.addresses if item.address == self.wanted), None)

    @property
    def is_up(self) -> bool:
        """True when the wanted address is there, is nobody else's, and a way out leads from the machine."""
        on_it = self.on_it
        return on_it is not None and not on_it.tentative and not on_it.duplicate and bool(self.defaults)


async def facts(host: Host, answers: Answers) -> NetworkFacts:
    """Looks at routes, addresses, the switch of IPv6 and netplan's files. Only reads, asks nobody outside."""
    ipv4, ipv6, defaults, texts, has_netplan = await asyncio.gather(
        route_out(host, 4), route_out(host, 6), defaults6(host), netplan.files(host), _has_netplan(host)
    )
    way = ipv4 or ipv6
    interface = way.interface if way else ""
    switch, on_it = await asyncio.gather(ipv6_switch.look(host, interface), _addresses(host, interface))
    proposal = chosen(answers, ipv6, on_it, defaults, netplan.ready(texts))
    return NetworkFacts(interface, ipv4, ipv6, on_it, defaults, switch, texts, has_netplan, proposal)


async def _addresses(host: Host, interface: str) -> tuple[Address6, ...]:
    return await addresses6(host, interface) if interface else ()


async def _has_netplan(host: Host) -> bool:
    """True when the network is configured by netplan: it is installed and has a file."""
    if await host.stat("/usr/sbin/netplan") is None or await host.stat(netplan.FOLDER) is None:
        return False
    try:
        return any(name.endswith(".yaml") for name in await host.list(netplan.FOLDER))
    except FileUnreadable:
        return True  # only root may see what is in it
