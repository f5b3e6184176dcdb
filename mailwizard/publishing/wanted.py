"""The records that the answers call for. What stands there already is kept in mind: merged, never doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailwizard.answers import Answers, Domain
from mailwizard.dns import dmarc
from mailwizard.dns.answer import Answer, Lookup
from mailwizard.dns.mistakes_text import counting, near
from mailwizard.dns.spf_merge import merge as merge_spf
from mailwizard.dns.wanted_record import Wanted
from mailwizard.network.own_addresses import OwnAddresses


@dataclass(frozen=True)
class Key:
    """A domain's DKIM key: its selector, and the text of its record."""

    selector: str
    record: str


@dataclass(frozen=True)
class Wish:
    """A record to publish, the domain it is for (or the server's name), and what changes in a record that stands."""

    record: Wanted
    subject: str
    changes: tuple[str, ...] = ()


async def wishes(answers: Answers, own: OwnAddresses, keys: Mapping[str, Key], lookup: Lookup) -> list[Wish]:
    """All records to publish; a record whose value cannot be known yet (no key, no address) is left out."""
    per_domain = await asyncio.gather(
        *(domain_wishes(answers, domain, keys.get(domain.name), lookup) for domain in answers.domains)
    )
    return [*server_wishes(answers, own), *(wish for wishes in per_domain for wish in wishes)]


def server_wishes(answers: Answers, own: OwnAddresses) -> list[Wish]:
    """The records of the server's name; those of an address that is not known are left out."""
    name = answers.server.hostname
    found = []
    if own.ipv4:
        found.append(Wish(Wanted(name, "A", own.ipv4, "a"), name))
    if own.ipv6 and not answers.server.ipv4_only:
        found.append(Wish(Wanted(name, "AAAA", own.ipv6, "aaaa"), name))
    if name not in {domain.name for domain in answers.domains}:
        # bounces have no sender, so SPF judges them by the HELO name (RFC 7208 section 2.3)
        found.append(Wish(Wanted(name, "TXT", "v=spf1 a -all", "spf_host"), name))
    return found


async def domain_wishes(answers: Answers, domain: Domain, key: Key | None, lookup: Lookup) -> list[Wish]:
    """The records of one domain; without a key it has no DKIM record yet."""
    host, name = answers.server.hostname, domain.name
    spf, policy = await asyncio.gather(_spf(domain, host, lookup), _dmarc(domain, lookup))
    found = [Wish(Wanted(name, "MX", f"10 {host}", "mx"), name)] if domain.receive else []
    found.append(spf)
    if f"_spf.{name}" in domain.spf_include:
        found.append(Wish(Wanted(f"_spf.{name}", "TXT", f"v=spf1 a:{host} ~all", "spf_include"), name))
    if key:
        found.append(Wish(Wanted(f"{key.selector}._domainkey.{name}", "TXT", key.record, "dkim"), name))
    return [*found, policy]


async def _spf(domain: Domain, host: str, lookup: Lookup) -> Wish:
    empty = Wanted(
        domain.name, "TXT", "", "spf", needed=(f"a:{host}", *(f"include:{one}" for one in domain.spf_include))
    )
    merged = merge_spf(_meant(empty, await lookup(domain.name, "TXT")), [f"a:{host}"], list(domain.spf_include))
    return Wish(replace(empty, value=merged.record), domain.name, merged.notes)


async def _dmarc(domain: Domain, lookup: Lookup) -> Wish:
    name, wanted = f"_dmarc.{domain.name}", domain.dmarc
    empty = Wanted(name, "TXT", "", "dmarc")
    existing = _meant(empty, await lookup(name, "TXT"))
    merged = dmarc.merge(existing, wanted.policy, wanted.rua, wanted.ruf, wanted.fo)
    return Wish(replace(empty, value=merged.value), domain.name, merged.changes)


def _meant(wanted: Wanted, answer: Answer) -> list[str]:
    """The records of this kind that stand, those that were meant to be one as well: what others need is in them.

    In an order of their own: servers give several records in another one each time.
    """
    return sorted({*counting(wanted, answer.values), *near(wanted, answer.values)})
