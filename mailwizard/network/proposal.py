"""Which IPv6 address and gateway the server is to have, as far as it can be told without asking anybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.answers import Answers
from mailwizard.host.protocol import Host
from mailwizard.network import netplan
from mailwizard.network.interface import Address6, Default6, addresses6, defaults6
from mailwizard.network.netplan import Ready
from mailwizard.network.outside import seen_from_outside
from mailwizard.network.routes import Route, reaches_outside, route_out

USUAL_GATEWAY = "fe80::1"  # most hosting companies that give a fixed /64 route it from there


@dataclass(frozen=True)
class Proposal:
    """An address ("" when none can be told), its prefix length, the gateway, and where they were found."""

    address: str = ""
    prefix: int = 64
    gateway: str = USUAL_GATEWAY
    address_from: str = ""
    gateway_from: str = "the usual one"


async def proposed(host: Host, answers: Answers) -> Proposal:
    """What to offer in the wizard's form, and what is set where the answers leave it open. Only reads."""
    ipv4, ipv6, texts, defaults = await asyncio.gather(
        route_out(host, 4), route_out(host, 6), netplan.files(host), defaults6(host)
    )
    way = ipv4 or ipv6
    on_it = await addresses6(host, way.interface) if way else ()
    return chosen(answers, ipv6, on_it, defaults, netplan.ready(texts))


async def proposed_ipv4(host: Host, answers: Answers) -> str:
    """The IPv4 address to offer: the answers', the kernel's, or behind a NAT what two echoes agree on; else ""."""
    if answers.server.ipv4:
        return answers.server.ipv4
    route = await route_out(host, 4)
    if route and reaches_outside(route.source):
        return route.source
    seen = await seen_from_outside(host, answers.probes.address_echo, 4)
    addresses = [echo.address for echo in seen if echo.address]
    return addresses[0] if len(addresses) > 1 and len(set(addresses)) == 1 else ""


def chosen(
    answers: Answers, route: Route | None, on_it: tuple[Address6, ...], defaults: tuple[Default6, ...], ready: Ready
) -> Proposal:
    """The answers first, then what the kernel uses, then what netplan's files have ready, then what is usual."""
    address, address_from = _address(answers, route, on_it, ready)
    gateway, gateway_from = _gateway(answers, defaults, ready)
    prefixes = {item.address: item.prefix for item in on_it if item.prefix < 128}
    prefix = prefixes.get(address) or (ready.prefix if ready.address == address else 64)
    return Proposal(address, prefix, gateway, address_from, gateway_from)


def _address(answers: Answers, route: Route | None, on_it: tuple[Address6, ...], ready: Ready) -> tuple[str, str]:
    if answers.server.ipv6 and not answers.server.ipv4_only:
        return answers.server.ipv6, "setup.toml"
    if route and reaches_outside(route.source):
        return route.source, "the kernel's route"
    if on_it:
        return on_it[0].address, "the network interface"
    return (ready.address, ready.where) if ready.address else ("", "")


def _gateway(answers: Answers, defaults: tuple[Default6, ...], ready: Ready) -> tuple[str, str]:
    if answers.server.ipv6_gateway not in ("", "auto"):
        return answers.server.ipv6_gateway, "setup.toml"
    for default in defaults:
        if default.gateway:
            return default.gateway, "the router's own announcement" if default.by_ra else "the kernel's route"
    return (ready.gateway, "netplan") if ready.gateway else (USUAL_GATEWAY, "the usual one")
