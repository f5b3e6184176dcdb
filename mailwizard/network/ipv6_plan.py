"""What is to be changed for the server to send over IPv6."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard import assets
from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.host.protocol import Host
from mailwizard.network import ipv6_switch, netplan
from mailwizard.network.apply_netplan import ApplyNetplan
from mailwizard.network.facts import NetworkFacts
from mailwizard.network.interface import mac_of
from mailwizard.network.restore import RESTORE_TIMER


async def changes(host: Host, answers: Answers, facts: NetworkFacts) -> list[Change]:
    """The switch, then netplan's file; nothing for a server that netplan does not look after. Only reads."""
    return [*await ipv6_switch.plan(host, facts.switch), *await _netplan(host, answers, facts)]


async def _netplan(host: Host, answers: Answers, facts: NetworkFacts) -> list[Change]:
    if not (facts.has_netplan and facts.wanted and facts.interface and facts.switch.in_kernel):
        return []
    on_it, is_good = facts.on_it, facts.is_up and _has_gateway(answers, facts)
    armed = await host.run(("systemctl", "is-active", RESTORE_TIMER), timeout=10)
    is_good = is_good and armed.out.strip() != "active"  # else an apply that was killed is about to be undone
    if is_good and on_it and on_it.dynamic:
        return []  # a router announces it, at each boot
    view = await seen_by_netplan(host, facts)
    if view is None or (is_good and facts.wanted in view.addresses):
        return []
    return [_apply(answers, facts, view.known)]


@dataclass(frozen=True)
class View:
    """What netplan has for the interface that leads outside, and the IPv6 addresses that stand in its files."""

    known: netplan.Known
    addresses: frozenset[str]


async def seen_by_netplan(host: Host, facts: NetworkFacts) -> View | None:
    """What `netplan get` says; None when it says nothing or does not know the interface."""
    if not facts.interface:
        return None
    merged, mac = await asyncio.gather(host.run(("netplan", "get"), timeout=20), mac_of(host, facts.interface))
    known = netplan.known(merged.out, facts.interface, mac) if merged.ok else None
    return View(known, frozenset(netplan.configured(merged.out))) if known else None


def _has_gateway(answers: Answers, facts: NetworkFacts) -> bool:
    wanted = answers.server.ipv6_gateway
    return wanted in ("", "auto") or wanted in (default.gateway for default in facts.defaults)


def _apply(answers: Answers, facts: NetworkFacts, known: netplan.Known) -> Change:
    announced = any(default.by_ra and default.gateway == facts.proposal.gateway for default in facts.defaults)
    content = assets.template("netplan.yaml").render(
        section=known.section,
        id=known.id,
        link_local_off=known.link_local_off or "link-local: [ipv6]" in facts.netplan_files.get(netplan.OWN_FILE, ""),
        address=facts.wanted,
        prefix=facts.proposal.prefix,
        gateway="" if announced else facts.proposal.gateway,
    )
    return ApplyNetplan(content, facts.interface, facts.wanted, answers.probes.address_echo)
