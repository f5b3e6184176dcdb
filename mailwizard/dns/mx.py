"""The mail servers of a domain, judged: RFC 5321 section 5.1, RFC 2181 section 10.3 (aliases), RFC 7505 (null MX)."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.names import normal

_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+\Z")  # RFC 1123, section 2.1
_ADDRESS_WITH_DOT = re.compile(r"\[?([0-9a-f:.]+)\]?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class MxFault:
    """`code`: null_beside_others, duplicate, address, url, bad_name, alias or no_address; `sentence` is for people."""

    code: str
    host: str
    sentence: str


@dataclass(frozen=True)
class MxHost:
    """One MX record and the addresses of its host; `is_ours` by the host's name or by one of its addresses."""

    preference: int
    host: str  # "" for the null MX
    addresses: tuple[str, ...] = ()
    is_ours: bool = False


@dataclass(frozen=True)
class MxJudged:
    """All of a domain's MX records by preference; `unknown` holds the questions without a usable answer."""

    domain: str
    outcome: Outcome  # of the MX question itself
    hosts: tuple[MxHost, ...] = ()
    faults: tuple[MxFault, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_null(self) -> bool:
        """True when the domain says that it takes no mail (RFC 7505)."""
        return [host.host for host in self.hosts] == [""]

    @property
    def points_to_us(self) -> bool:
        """True when this server is first in line, alone or beside others of the same preference."""
        best = min((host.preference for host in self.hosts), default=0)
        return any(host.is_ours for host in self.hosts if host.preference == best)

    @property
    def others(self) -> tuple[str, ...]:
        """The hosts that are not this server."""
        return tuple(host.host for host in self.hosts if host.host and not host.is_ours)


async def judge(lookup: Lookup, domain: str, hostname: str, own_addresses: Collection[str] = ()) -> MxJudged:
    """The MX records of `domain`, with this server known by `hostname` and `own_addresses`."""
    answer = await lookup(normal(domain), "MX")
    if answer.outcome is Outcome.UNKNOWN:
        return MxJudged(domain, answer.outcome, unknown=(_silent(answer),))
    rows = sorted(_row(value) for value in answer.values)
    names = list(dict.fromkeys(host for _, host in rows))
    looked = [name for name in names if name and not _shape_fault(name)]
    found = await asyncio.gather(*(_addresses(lookup, name) for name in looked))
    by_name = dict(zip(looked, found, strict=True))
    ours = normal(hostname), {str(ipaddress.ip_address(address)) for address in own_addresses}
    faults = [*_row_faults(rows), *(fault for name in names if name for fault in _faults(name, by_name.get(name, ())))]
    hosts = tuple(_host(preference, name, by_name.get(name, ()), ours) for preference, name in rows)
    silent = tuple(_silent(a) for answers in found for a in answers if a.outcome is Outcome.UNKNOWN)
    return MxJudged(domain, answer.outcome, hosts, tuple(faults), silent)


def _row(value: str) -> tuple[int, str]:
    preference, _, host = value.partition(" ")
    return int(preference), normal(host.strip())


async def _addresses(lookup: Lookup, name: str) -> tuple[Answer, ...]:
    return tuple(await asyncio.gather(lookup(name, "A"), lookup(name, "AAAA")))


def _host(preference: int, name: str, answers: Sequence[Answer], ours: tuple[str, set[str]]) -> MxHost:
    addresses = tuple(value for answer in answers for value in answer.values)
    return MxHost(preference, name, addresses, name == ours[0] or not ours[1].isdisjoint(addresses))


def _row_faults(rows: list[tuple[int, str]]) -> list[MxFault]:
    names = [host for _, host in rows]
    faults = [
        MxFault("duplicate", name, f"{name} has {names.count(name)} MX records. Delete all but one.")
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    if "" in names and len(set(names)) > 1:
        others = "The record “.” says that no mail is taken, yet others stand beside it. Delete one or the other."
        faults.append(MxFault("null_beside_others", "", others))
    return faults


def _faults(name: str, answers: Sequence[Answer]) -> list[MxFault]:
    shape = _shape_fault(name)
    if shape:
        return [shape]
    faults = []
    if any(answer.aliases for answer in answers):
        alias = next(answer.aliases[-1].value for answer in answers if answer.aliases)
        why = f"{name} is an alias (CNAME) of {alias}, which an MX record may not name. Enter {alias} in its place."
        faults.append(MxFault("alias", name, why))
    if answers and all(answer.is_missing for answer in answers):
        faults.append(MxFault("no_address", name, f"{name} has no address. Publish an A record for it."))
    return faults


def _shape_fault(name: str) -> MxFault | None:
    """What is wrong with the text of the target alone."""
    address = _ADDRESS_WITH_DOT.match(name)
    if address and _is_address(address[1]):
        return MxFault("address", name, f"The MX record holds the address {name}. Enter the name of the mail server.")
    if "/" in name:
        return MxFault("url", name, f"The MX record holds {name}. Enter the bare name of the mail server.")
    if not _HOST_NAME.match(name):
        return MxFault("bad_name", name, f"“{name}” is no host name. Enter the name of the mail server.")
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _silent(answer: Answer) -> str:
    return f"{answer.type} of {answer.name} ({answer.why})"
