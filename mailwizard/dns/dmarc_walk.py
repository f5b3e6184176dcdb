"""The DNS tree walk of RFC 9989 section 4.10: which DMARC record counts for a name, and what is its organisation."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.dmarc_record import (
    DmarcRecord,
    effective_policy,
    is_dmarc,
    missing_subdomain_policy,
    parse,
    subdomain_policy,
)

_MOST_QUESTIONS = 8


@dataclass(frozen=True)
class Walk:
    """The records met from `start` upwards, longest name first, and the questions that got no usable answer."""

    start: str
    found: tuple[tuple[str, DmarcRecord], ...] = ()
    unknown: tuple[Answer, ...] = ()

    @property
    def organisation(self) -> str:
        """The organisational domain (RFC 9989 section 4.10.2); `start` where no record tells another."""
        for name, record in self.found:
            if record.psd == "n":
                return name
            if record.psd == "y" and name != self.start:
                return _below(name, self.start)
        return self.found[-1][0] if self.found else self.start

    @property
    def applying(self) -> tuple[str, DmarcRecord] | None:
        """The record that counts for `start`: its own, else the organisation's, else the public suffix's."""
        records = dict(self.found)
        candidates = [self.start, self.organisation, *(name for name, rec in self.found if rec.psd == "y")]
        return next(((name, records[name]) for name in candidates if name in records), None)


@dataclass(frozen=True)
class AppliedPolicy:
    """What receivers do with failing mail of a domain, and whose record says so."""

    policy: str
    owner: str
    record: DmarcRecord


async def walk(domain: str, lookup: Lookup) -> Walk:
    """Asks for DMARC records from `domain` upwards, at most eight times, as RFC 9989 section 4.10 describes.

    A name with several DMARC records counts as one without.
    """
    start = domain.rstrip(".").lower()
    found: list[tuple[str, DmarcRecord]] = []
    unknown: list[Answer] = []
    for name in walk_names(start):
        answer = await lookup(f"_dmarc.{name}", "TXT")
        if answer.outcome is Outcome.UNKNOWN:
            unknown.append(answer)
        record = only_record(answer)
        if record:
            found.append((name, record))
            if record.psd in ("y", "n"):
                break
    return Walk(start, tuple(found), tuple(unknown))


def walk_names(domain: str) -> tuple[str, ...]:
    """The names that the walk asks at: the domain, then its parents; long names go on with their last seven labels."""
    labels = domain.rstrip(".").lower().split(".")
    rest = labels[1:] if len(labels) < _MOST_QUESTIONS else labels[-(_MOST_QUESTIONS - 1) :]
    return (".".join(labels), *(".".join(rest[start:]) for start in range(len(rest))))


def only_record(answer: Answer) -> DmarcRecord | None:
    """The one DMARC record of the answer; None if there is none, or more than one."""
    texts = [value for value in answer.values if is_dmarc(value)]
    return parse(texts[0]) if len(texts) == 1 else None


async def applied_policy(domain: str, lookup: Lookup) -> AppliedPolicy | None:
    """What receivers do with failing mail of `domain`, which exists; None where no record applies."""
    applying = (await walk(domain, lookup)).applying
    if applying is None or not applying[1].is_usable:
        return None
    owner, record = applying
    own = owner == domain.rstrip(".").lower()
    return AppliedPolicy(effective_policy(record) if own else subdomain_policy(record), owner, record)


async def applied_policy_of_missing(domain: str, lookup: Lookup) -> AppliedPolicy | None:
    """The same for a domain that does not exist (NXDOMAIN): `np` counts."""
    applying = (await walk(domain, lookup)).applying
    if applying is None or not applying[1].is_usable:
        return None
    return AppliedPolicy(missing_subdomain_policy(applying[1]), *applying)


def _below(suffix: str, start: str) -> str:
    count = suffix.count(".") + 2
    return ".".join(start.split(".")[-count:])
