"""The machine under `spf_eval`: one check_host() with its ten look-ups (RFC 7208, sections 4 and 5)."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from enum import Enum

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.spf_macro import Address, Message, expand_domain, is_askable, letters
from mailwizard.dns.spf_record import ASKING, Mechanism, SpfRecord, SpfSyntaxError, parse, spf_records

MAX_LOOKUPS = 10  # RFC 7208, section 4.6.4, as the next two
MAX_VOID = 2
MAX_NAMES = 10  # of one mx, of one ptr


class Verdict(str, Enum):
    """What a check comes to (RFC 7208, section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_VERDICTS = {"+": Verdict.PASS, "-": Verdict.FAIL, "~": Verdict.SOFTFAIL, "?": Verdict.NEUTRAL}


class Stop(Exception):
    """The check ends at once with `verdict`, for the reason given (RFC 7208, sections 2.6.6 and 2.6.7)."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """Where a check ended: the record of `domain`, at the term `term` ("" when none matched)."""

    verdict: Verdict
    domain: str
    record: SpfRecord | None = None
    term: str = ""
    within: str = ""  # the term of an included record that matched: "ip4:192.0.2.7 of _spf.example.net"


@dataclass
class Check:
    """One address, one sender, and what has been spent so far."""

    lookup: Lookup
    address: Address
    sender: str
    helo: str
    receiver: str = "unknown"
    lookups: int = 0
    void: int = 0

    async def host(self, domain: str, text: str | None = None) -> Found:
        """check_host() for `domain`, with `text` in place of its record if given. Raises Stop for both errors."""
        record = _parsed(text, domain) if text is not None else await self._record(domain)
        if record is None:
            return Found(Verdict.NONE, domain)
        for mechanism in record.live:
            within = await self._match(mechanism, domain)
            if within is not None:
                return Found(_VERDICTS[mechanism.qualifier], domain, record, mechanism.text, within)
        return await self._redirected(record, domain)

    async def _redirected(self, record: SpfRecord, domain: str) -> Found:
        if not record.redirect:
            return Found(Verdict.NEUTRAL, domain, record)
        self._spend()
        target = await self.target(record.redirect, domain)
        found = await self.host(target)
        if found.verdict is Verdict.NONE:
            raise Stop(Verdict.PERMERROR, f"redirect leads to {target}, which has no SPF record")
        return found

    async def _record(self, domain: str) -> SpfRecord | None:
        if "." not in domain or domain.startswith("[") or not is_askable(domain):
            return None  # RFC 7208, section 4.3
        answer = await self._ask(domain, "TXT")
        texts = spf_records(answer)
        if len(texts) > 1:
            raise Stop(Verdict.PERMERROR, f"{domain} has {len(texts)} SPF records")
        return _parsed(texts[0], domain) if texts else None

    async def _match(self, mechanism: Mechanism, domain: str) -> str | None:
        """None without a match; with one, what matched inside of an include, else ""."""
        if mechanism.name in ASKING:
            self._spend()
            return await self._asked(mechanism, await self.target(mechanism.domain, domain))
        network = mechanism.network
        inside = network is None or (network.version == self.address.version and self.address in network)
        return "" if inside else None

    async def _asked(self, mechanism: Mechanism, target: str) -> str | None:
        if mechanism.name == "include":
            return await self._included(target)
        if not is_askable(target):
            return None  # RFC 7208, section 4.8: such a name does not exist
        if mechanism.name == "exists":
            matched = bool((await self._ask(target, "A")).records)
        elif mechanism.name == "ptr":
            matched = any(_is_below(name, target) for name in await self.names())
        else:
            matched = await self._hosts(mechanism, target)
        return "" if matched else None

    async def _included(self, target: str) -> str | None:
        """RFC 7208, section 5.2: only a pass matches; no record there is an error of this record."""
        found = await self.host(target)
        if found.verdict is Verdict.NONE:
            raise Stop(Verdict.PERMERROR, f"include names {target}, which has no SPF record")
        if found.verdict is not Verdict.PASS:
            return None
        return found.within or f"{found.term} of {found.domain}"

    async def _hosts(self, mechanism: Mechanism, target: str) -> bool:
        prefix = mechanism.prefix4 if self.address.version == 4 else mechanism.prefix6
        if mechanism.name == "a":
            return self._is_near(await self._ask(target, self._type), prefix)
        hosts = mx_hosts(await self._ask(target, "MX"))
        if len(hosts) > MAX_NAMES:
            raise Stop(Verdict.PERMERROR, f"{target} has {len(hosts)} mail servers, more than {MAX_NAMES}")
        wanted = [host for host in hosts if is_askable(host)]
        answers = await asyncio.gather(*(self.lookup(host, self._type) for host in wanted))
        near = [self._is_near(self._seen(answer), prefix) for answer in answers]  # all: each may end the check
        return any(near)

    async def names(self) -> list[str]:
        """The names of the address that lead back to it; errors leave names out (RFC 7208, section 5.5)."""
        answer = await self.lookup(self.address.reverse_pointer, "PTR")
        names = [name for name in self._counted(answer).values[:MAX_NAMES] if is_askable(name)]
        back = await asyncio.gather(*(self.lookup(name, self._type) for name in names))
        full = self.address.max_prefixlen
        return [name for name, found in zip(names, back, strict=True) if self._is_near(self._counted(found), full)]

    async def target(self, spec: str, domain: str) -> str:
        """The name that a domain-spec means in the record of `domain`; without one the domain itself."""
        return expand_domain(spec, await self.message(domain, spec)) if spec else domain

    async def message(self, domain: str, text: str) -> Message:
        """What the macros of `text` are filled with; the address's names are asked for only if `text` has `%{p}`."""
        names = await self.names() if "p" in letters(text) else []
        validated = next((name for name in names if name.lower() == domain.lower()), "")
        below = next((name for name in names if _is_below(name, domain)), "")
        name = validated or below or (names[0] if names else "unknown")
        return Message(self.address, self.sender, self.helo, domain, name, self.receiver)

    @property
    def _type(self) -> str:
        return "A" if self.address.version == 4 else "AAAA"

    def _spend(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise Stop(Verdict.PERMERROR, f"it takes more than {MAX_LOOKUPS} DNS look-ups")

    async def _ask(self, name: str, kind: str) -> Answer:
        return self._seen(await self.lookup(name, kind))

    def _seen(self, answer: Answer) -> Answer:
        if answer.outcome is Outcome.UNKNOWN:
            raise Stop(Verdict.TEMPERROR, f"no usable answer for {answer.type} of {answer.name} ({answer.why})")
        return self._counted(answer)

    def _counted(self, answer: Answer) -> Answer:
        if not answer.records and answer.outcome is not Outcome.UNKNOWN:
            self.void += 1
        if self.void > MAX_VOID:
            raise Stop(Verdict.PERMERROR, f"more than {MAX_VOID} of its DNS look-ups find nothing")
        return answer

    def _is_near(self, answer: Answer, prefix: int) -> bool:
        shift = self.address.max_prefixlen - prefix
        own = int(self.address) >> shift
        return any(int(ipaddress.ip_address(value)) >> shift == own for value in answer.values)


def mx_hosts(answer: Answer) -> list[str]:
    """The mail servers of an MX answer by preference; a null MX (RFC 7505) is none."""
    rows = [value.partition(" ") for value in answer.values]
    by_preference = sorted((int(row[0]), row[2].strip().rstrip(".")) for row in rows)
    return [host for _, host in by_preference if host]


def _parsed(text: str, domain: str) -> SpfRecord:
    try:
        return parse(text)
    except SpfSyntaxError as error:
        raise Stop(Verdict.PERMERROR, f"the record of {domain} is not valid: {error}") from None


def _is_below(name: str, domain: str) -> bool:
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    return name == domain or name.endswith(f".{domain}")
