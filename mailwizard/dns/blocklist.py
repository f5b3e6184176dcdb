"""Blocklists asked over DNS (RFC 5782): only a list that shows itself sound is believed.

Ask through the system's resolver: lists refuse the public ones (and say so with 127.255.255.254).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.memo import Memo
from mailwizard.dns.names import normal, reverse_name
from mailwizard.text import one_line

REMEMBER = 60  # seconds for which a list is believed, or not
_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
_NO_ADDRESSES = "127.0.1.255"  # a list of names was asked about an address
_REFUSALS = {
    "127.255.255.252": "the list's name is misspelt",
    "127.255.255.254": "the list does not answer public resolvers",
    "127.255.255.255": "the list was asked too often",
    _NO_ADDRESSES: "the list does not take addresses",
    "127.0.0.1": "the list refuses this resolver",
}
_REFUSED_NETWORK = ipaddress.IPv4Network("127.255.255.0/24")
# RFC 5782, section 5: what each list must hold, and what it must not
_CONTROLS = {
    "ipv4": (("127.0.0.2",), "127.0.0.1"),
    "ipv6": (("::ffff:7f00:2",), "::ffff:7f00:1"),
    "domain": (("test",), "invalid"),
}
_OWN_TEST = {  # lists that document another test name than the RFC's
    "dbl.spamhaus.org": "dbltest.com",
    "multi.surbl.org": "surbl-org-permanent-test-point.com",
    "multi.uribl.com": "test.uribl.com",
}


class ListingState(str, Enum):
    """What a list says of an address or a name; `UNKNOWN` is never to be read as not listed."""

    LISTED = "listed"
    NOT_LISTED = "not listed"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not offered"  # the list is sound, but keeps no entries of this kind (no IPv6, no names)


@dataclass(frozen=True)
class Listing:
    """What the list `zone` says of `subject`: `codes` are its answers, `text` its own words, `why` what failed."""

    zone: str
    subject: str
    state: ListingState
    codes: tuple[str, ...] = ()
    text: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Doubt:
    """What to say of everything that a list is asked about; no `state` when it can be believed."""

    state: ListingState | None = None
    why: str = ""


def kind_of(subject: str) -> str:
    """ "ipv4", "ipv6" or "domain"."""
    try:
        return f"ipv{ipaddress.ip_address(subject).version}"
    except ValueError:
        return "domain"


def query_name(zone: str, subject: str) -> str:
    """The name to ask for: octets or nibbles backwards before the list's name; a domain as it is (RFC 5782, 2)."""
    if kind_of(subject) == "domain":
        return f"{normal(subject)}.{normal(zone)}"
    backwards = reverse_name(subject).removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return f"{backwards}.{normal(zone)}"


class Blocklists:
    """Some lists; the test entries of each are looked at once for each kind of subject, before any other."""

    def __init__(self, lookup: Lookup, zones: Sequence[str]) -> None:
        self._lookup, self._zones = lookup, tuple(zones)
        self._doubts: Memo[_Doubt] = Memo(lambda _: REMEMBER)

    async def about(self, subject: str) -> tuple[Listing, ...]:
        """What each list says of `subject` (an address or a name), in their order."""
        return tuple(await asyncio.gather(*(self._one(zone, subject) for zone in self._zones)))

    async def _one(self, zone: str, subject: str) -> Listing:
        kind = kind_of(subject)
        doubt = await self._doubts.get((zone, kind), partial(_doubt, self._lookup, zone, kind))
        if doubt.state is not None:
            return Listing(zone, subject, doubt.state, why=doubt.why)
        listing = await _read(self._lookup, zone, subject)
        if listing.state is not ListingState.LISTED:
            return listing
        words = await self._lookup(query_name(zone, subject), "TXT")
        return Listing(zone, subject, listing.state, listing.codes, one_line(" ".join(words.values)))


async def _doubt(lookup: Lookup, zone: str, kind: str) -> _Doubt:
    """What to say of all subjects of `kind`."""
    listed, unlisted = _CONTROLS[kind]
    tests = (*listed, _OWN_TEST[normal(zone)]) if kind == "domain" and normal(zone) in _OWN_TEST else listed
    *held, not_held = await asyncio.gather(*(_read(lookup, zone, subject) for subject in (*tests, unlisted)))
    if not_held.state is ListingState.LISTED:
        return _Doubt(ListingState.UNKNOWN, f"it lists everything, even {unlisted}")
    if any(listing.state is ListingState.LISTED for listing in held) and not_held.state is ListingState.NOT_LISTED:
        return _Doubt()
    if any(_NO_ADDRESSES in listing.codes for listing in held):
        return _Doubt(ListingState.NOT_OFFERED, _REFUSALS[_NO_ADDRESSES])
    silent = next((entry for entry in (*held, not_held) if entry.state is ListingState.UNKNOWN), None)
    if silent:
        return _Doubt(ListingState.UNKNOWN, silent.why)
    if kind == "ipv4":
        return _Doubt(ListingState.UNKNOWN, f"its test entry {tests[0]} is missing, so the list may be out of use")
    return _Doubt(ListingState.NOT_OFFERED, f"its test entry {tests[-1]} is missing")


async def _read(lookup: Lookup, zone: str, subject: str) -> Listing:
    answer = await lookup(query_name(zone, subject), "A")
    why = _why_unknown(answer)
    if why:
        return Listing(zone, subject, ListingState.UNKNOWN, answer.values, why=why)
    state = ListingState.LISTED if answer.values else ListingState.NOT_LISTED
    return Listing(zone, subject, state, answer.values)


def _why_unknown(answer: Answer) -> str:
    if answer.outcome is Outcome.UNKNOWN:
        return f"no usable answer ({answer.why})"
    for value in answer.values:
        address = ipaddress.ip_address(value)
        if value in _REFUSALS:
            return _REFUSALS[value]
        if address in _REFUSED_NETWORK:
            return f"the list refuses to answer ({value})"
        if address not in _LOOPBACK:
            return f"the answer {value} is none of a blocklist; a resolver on the way makes answers up"
    return ""
