"""How the kernel would send to an address: by which interface and gateway, from which of its own addresses."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass

from mailwizard.host.protocol import Host

# well-known addresses, only to ask the kernel for its route to the outside; nothing is sent to them
_OUTSIDE = {4: "1.1.1.1", 6: "2001:4860:4860::8888"}


@dataclass(frozen=True)
class Route:
    """A way to the outside. `gateway` is empty on a link that needs none."""

    interface: str
    source: str
    gateway: str = ""


async def route_out(host: Host, family: int) -> Route | None:
    """The route to the outside for family 4 or 6 (ip-route(8), `route get`); None when the kernel has none."""
    ran = await host.run(("ip", "-j", f"-{family}", "route", "get", _OUTSIDE[family]), timeout=5)
    if not ran.ok:
        return None
    for item in listed(ran.out):
        interface, source, gateway = (str(item.get(key, "")) for key in ("dev", "prefsrc", "gateway"))
        if interface and interface != "lo":
            return Route(interface, source, gateway)
    return None


def listed(text: str) -> list[dict[str, object]]:
    """The objects of `ip -j`; none when it said nothing or something else."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def reaches_outside(address: str) -> bool:
    """True for an address that others can know this machine by: neither private, link-local nor loopback.

    RFC 1918, RFC 6598, RFC 4193; the ranges kept for documentation count as outside.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    inside = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")
    nobody = ("0.0.0.0/8", "240.0.0.0/4", "::ffff:0:0/96")  # RFC 6890: no machine has one of these
    if parsed.is_loopback or parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified:
        return False
    return not any(parsed in net for net in map(ipaddress.ip_network, inside + nobody) if net.version == parsed.version)
