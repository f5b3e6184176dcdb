"""CAA records: who may issue certificates for a name, and what to add so that our authority may (RFC 8659)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.dns.answer import Answer, EveryServer, Outcome
from mailwizard.dns.mistakes_servers import counted

AUTHORITY = "letsencrypt.org"
_VALUE = re.compile(r'\s*(\d{1,3})\s+([A-Za-z0-9]{1,15})\s+(?:"((?:[^"\\]|\\.)*)"|(\S*))\s*\Z', re.DOTALL)
_KNOWN = ("issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone")


@dataclass(frozen=True)
class CaaRecord:
    """One CAA record; `tag` in lower case."""

    flags: int
    tag: str
    value: str

    @property
    def is_critical(self) -> bool:
        """True when an authority that does not know the tag must not issue."""
        return bool(self.flags & 128)

    @property
    def issuer(self) -> str:
        """The authority's domain, lower case; empty for `;`, which allows nobody."""
        return self.value.partition(";")[0].strip(" \t.").lower()

    @property
    def parameters(self) -> dict[str, str]:
        """What stands behind the authority: `accounturi`, `validationmethods` (RFC 8657)."""
        pairs = (part.partition("=") for part in self.value.split(";")[1:])
        return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


@dataclass(frozen=True)
class CaaSet:
    """The CAA records that count for a name, and at which name they stand; `unknown` is what was not answered."""

    owner: str
    records: tuple[CaaRecord, ...]
    unknown: Answer | None = None
    source: str = ""  # the server that said so

    @property
    def obstacles(self) -> tuple[CaaRecord, ...]:
        """Critical records of an unknown kind: with one of them no authority may issue, whatever stands beside it."""
        return tuple(record for record in self.records if record.is_critical and record.tag not in _KNOWN)

    @property
    def quoted(self) -> bool:
        """True when quotes of a zone file were taken into a value."""
        return any('"' in record.value or "“" in record.value for record in self.records)


def parse(value: str) -> CaaRecord | None:
    """The record in `0 issue "ca.example"`; None if it is none. Never raises."""
    match = _VALUE.match(value)
    if not match or int(match[1]) > 255:
        return None
    text = match[3] if match[3] is not None else match[4]
    return CaaRecord(int(match[1]), match[2].lower(), re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))


async def climb(name: str, everywhere: EveryServer) -> list[CaaSet]:
    """The CAA sets that may count for `name`: its own, else the nearest ones above it (RFC 8659 section 3).

    An authority asks any of the servers, so what each of them says may count. At least one.
    An unanswered question ends the climb: an authority would not issue either.
    """
    labels, source = name.rstrip(".").lower().removeprefix("*.").split("."), ""
    ended: list[CaaSet] = []
    for start in range(len(labels)):
        answers = counted(await everywhere(".".join(labels[start:]), "CAA"))
        source = source or answers[0].server  # where there is none, the first to say so
        found = [one for one in map(_end, answers) if one]
        ended += found
        if len(found) == len(answers):
            return ended
    return [*ended, CaaSet("", (), None, source)]


def _end(answer: Answer) -> CaaSet | None:
    """The set that this answer ends the climb with; None when it goes on to the name above."""
    if answer.outcome is Outcome.UNKNOWN:
        return CaaSet(answer.name, (), answer, answer.server)
    records = tuple(record for record in map(parse, answer.values) if record)
    owner = answer.aliases[-1].value if answer.aliases else answer.name  # of an alias: its target has them
    return CaaSet(owner, records, None, answer.server) if records else None


def allows(records: Sequence[CaaRecord], authority: str = AUTHORITY, method: str = "dns-01") -> bool:
    """True when `authority` may issue for a name that is no wildcard, validating by `method` (RFC 8657).

    A record that is bound to one account counts as not ours.
    """
    return _granted(records, "issue", authority, method)


def allows_wildcard(records: Sequence[CaaRecord], authority: str = AUTHORITY, method: str = "dns-01") -> bool:
    """The same for a wildcard: `issuewild` records, where there are any, stand in for `issue` (section 4.3)."""
    wild = any(record.tag == "issuewild" for record in records)
    return _granted(records, "issuewild" if wild else "issue", authority, method)


def to_add(records: Sequence[CaaRecord], authority: str = AUTHORITY) -> tuple[str, ...]:
    """The CAA values to publish beside `records` so that `authority` may issue names; what stands is kept."""
    return () if allows(records, authority) else (f'0 issue "{authority}"',)


def to_add_for_wildcard(records: Sequence[CaaRecord], authority: str = AUTHORITY) -> tuple[str, ...]:
    """The same for a certificate with names and a wildcard."""
    plain = to_add(records, authority)
    if any(record.tag == "issuewild" for record in records) and not allows_wildcard(records, authority):
        return (*plain, f'0 issuewild "{authority}"')
    return plain


def _granted(records: Sequence[CaaRecord], tag: str, authority: str, method: str) -> bool:
    if any(record.is_critical and record.tag not in _KNOWN for record in records):
        return False
    grants = [record for record in records if record.tag == tag]
    return not grants or any(_names(record, authority, method) for record in grants)


def _names(record: CaaRecord, authority: str, method: str) -> bool:
    if record.issuer != authority.lower().rstrip("."):
        return False
    methods = record.parameters.get("validationmethods")
    return "accounturi" not in record.parameters and (methods is None or method in re.split(r"[,\s]+", methods))
