"""What is on a network interface."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.host.protocol import Host
from mailwizard.network.routes import listed, reaches_outside


@dataclass(frozen=True)
class Address6:
    """An IPv6 address of the interface. `tentative`: not yet known to be free; `duplicate`: another machine has it."""

    address: str
    prefix: int
    dynamic: bool = False
    tentative: bool = False
    duplicate: bool = False


@dataclass(frozen=True)
class Default6:
    """A default route for IPv6; `by_ra` when a router announced it."""

    gateway: str
    by_ra: bool = False


async def addresses6(host: Host, interface: str) -> tuple[Address6, ...]:
    """The interface's IPv6 addresses that reach outside, lasting ones first (ip-address(8))."""
    ran = await host.run(("ip", "-j", "-6", "addr", "show", "dev", interface), timeout=5)
    items = [info for link in listed(ran.out) if ran.ok for info in _dicts(link.get("addr_info"))]
    found = [
        _address(item) for item in items if reaches_outside(str(item.get("local", ""))) and "temporary" not in item
    ]
    return tuple(sorted(found, key=lambda address: address.dynamic))


def _address(item: dict[str, object]) -> Address6:
    return Address6(
        str(item["local"]),
        int(str(item.get("prefixlen", 64))),
        bool(item.get("dynamic")),
        bool(item.get("tentative")),
        bool(item.get("dadfailed")),
    )


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


async def defaults6(host: Host) -> tuple[Default6, ...]:
    """The default routes for IPv6 in the kernel's main table."""
    ran = await host.run(("ip", "-j", "-6", "route", "show", "default"), timeout=5)
    routes = listed(ran.out) if ran.ok else []
    return tuple(Default6(str(route.get("gateway", "")), route.get("protocol") == "ra") for route in routes)


async def mac_of(host: Host, interface: str) -> str:
    """The interface's hardware address; "" when it cannot be told."""
    ran = await host.run(("ip", "-j", "link", "show", "dev", interface), timeout=5)
    return next((str(link.get("address", "")) for link in listed(ran.out)), "") if ran.ok else ""
