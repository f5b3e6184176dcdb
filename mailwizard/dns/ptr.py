"""Reverse DNS: does an address name our host, and does the name lead back? (RFC 1912, 2.1; RFC 8601, 3: iprev.)"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from enum import Enum

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.names import normal, reverse_name

_MOST_NAMES = 10  # as receivers do (RFC 7208, 5.5)


class Reverse(str, Enum):
    """What the reverse DNS of an address comes to."""

    CONFIRMED = "confirmed"  # the one name is ours and leads back
    MISSING = "missing"
    OTHER_NAME = "other name"
    SEVERAL = "several names"  # ours is one of them: receivers take any
    NOT_BACK = "not back"  # the name is ours, but its address records do not hold the address
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fcrdns:
    """The names of `address`, which of them lead back, and how that compares with `hostname`."""

    address: str
    hostname: str
    state: Reverse
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    source: str = ""  # who answered the PTR question
    forward: tuple[str, ...] = ()  # the addresses of the host name, where it is one of the names
    why: str = ""  # for UNKNOWN: which question had no usable answer

    @property
    def matches(self) -> bool:
        """True when the host name is among the names of the address."""
        return self.hostname in self.names


async def fcrdns(lookup: Lookup, address: str, hostname: str) -> Fcrdns:
    """The reverse DNS of `address`, forward confirmed, held against `hostname`. Raises ValueError for no address."""
    ip, hostname = ipaddress.ip_address(address), normal(hostname)
    answer = await lookup(reverse_name(address), "PTR")
    if answer.outcome is Outcome.UNKNOWN:
        return Fcrdns(address, hostname, Reverse.UNKNOWN, source=answer.server, why=_silent(answer))
    names = tuple(dict.fromkeys(normal(name) for name in answer.values))
    kind = "A" if ip.version == 4 else "AAAA"
    asked = tuple(sorted(names, key=lambda name: name != hostname))[:_MOST_NAMES]
    forward = await asyncio.gather(*(lookup(name, kind) for name in asked))
    confirmed = tuple(n for n, a in zip(asked, forward, strict=True) if ip in map(ipaddress.ip_address, a.values))
    silent = next((a for a in forward if a.name == hostname and a.outcome is Outcome.UNKNOWN), None)
    state = Reverse.UNKNOWN if silent else _state(hostname, names, confirmed)
    own = next((a.values for a in forward if a.name == hostname), ())
    why = _silent(silent) if silent else ""
    return Fcrdns(address, hostname, state, names, confirmed, answer.server, own, why)


def _state(hostname: str, names: tuple[str, ...], confirmed: tuple[str, ...]) -> Reverse:
    if not names:
        return Reverse.MISSING
    if hostname not in names:
        return Reverse.OTHER_NAME
    if hostname not in confirmed:
        return Reverse.NOT_BACK
    return Reverse.CONFIRMED if len(names) == 1 else Reverse.SEVERAL


def _silent(answer: Answer) -> str:
    return f"no usable answer for {answer.type} of {answer.name} ({answer.why})"
