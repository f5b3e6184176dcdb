"""The step Addresses: IPv6 switched on, with an address that others see and a port 25 that is open."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.network import ipv6_findings, ipv6_plan, outbound_smtp
from mailwizard.network.by_hand import by_hand
from mailwizard.network.facts import NetworkFacts, facts
from mailwizard.network.outbound_smtp import Asks
from mailwizard.network.outside import Seen, seen_from_outside


class Addresses:
    """IPv6 for sending mail, or IPv4 alone where the answers say so."""

    name = "addresses"
    title = "Addresses"
    needs: tuple[str, ...] = ("os.release", "os.root", "os.systemd")

    def __init__(self, dns: Asks) -> None:
        self._dns = dns

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """The findings `ipv6.*` and `os.smtp_out_ipv6`. Only reads."""
        if answers.server.ipv4_only:
            return ipv6_findings.skipped()
        network = await self._network(host, answers)
        outside, smtp = await asyncio.gather(self._outside(host, answers, network), self._smtp(host, answers, network))
        return [
            ipv6_findings.kernel(network),
            ipv6_findings.address(network),
            ipv6_findings.route(network),
            outside,
            smtp,
        ]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What switches IPv6 on and gives the server its address; nothing when it works or is not wanted."""
        if answers.server.ipv4_only:
            return []
        return await ipv6_plan.changes(host, answers, await facts(host, answers))

    async def _network(self, host: Host, answers: Answers) -> NetworkFacts:
        """The facts; `has_netplan` only when netplan knows the interface as well (an ordinary user cannot ask it)."""
        network = await facts(host, answers)
        if network.is_up or not network.interface:
            return network
        if network.has_netplan and host.is_root:
            known = await ipv6_plan.seen_by_netplan(host, network) is not None
            network = replace(network, has_netplan=known)
        if network.has_netplan:
            return network
        return replace(network, by_hand=await by_hand(host, network.interface, network.proposal))

    async def _outside(self, host: Host, answers: Answers, network: NetworkFacts) -> Finding:
        if not network.is_up:
            return ipv6_findings.not_yet("ipv6.outside")
        seen = await seen_from_outside(host, answers.probes.address_echo, 6)
        over_ipv4: list[Seen] = []
        if not any(echo.address for echo in seen):
            over_ipv4 = await seen_from_outside(host, answers.probes.address_echo, 4)
        return ipv6_findings.outside(network, seen, over_ipv4)

    async def _smtp(self, host: Host, answers: Answers, network: NetworkFacts) -> Finding:
        if not network.is_up:
            return ipv6_findings.not_yet("os.smtp_out_ipv6")
        operators = answers.probes.outbound_smtp
        return outbound_smtp.finding(await outbound_smtp.attempts(host, self._dns, operators, 6, network.wanted), 6)
