"""Whether this machine can send to an address at all."""

from __future__ import annotations

import ipaddress
import socket


def has_route(address: str) -> bool:
    """True for IPv4, and for an IPv6 address to which a packet would leave. Sends nothing.

    A private source address (RFC 4193) or a link-local one does not reach the Internet, whatever the route says.
    """
    if ":" not in address:
        return True
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 53))
            source = ipaddress.IPv6Address(probe.getsockname()[0].partition("%")[0])
    except OSError:
        return False
    target = ipaddress.IPv6Address(address.partition("%")[0])
    return _is_local(target) or not _is_local(source)


def _is_local(address: ipaddress.IPv6Address) -> bool:
    return address in _UNIQUE_LOCAL or address.is_link_local or address.is_loopback


_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")
