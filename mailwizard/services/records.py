"""The DNS records: which are wanted, what every authoritative server and resolver says, what is wrong with them.

A DKIM key is placed, so that mail is signed, only when its record is seen on every authoritative server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.dns.answer import Answer
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.dns import Dns
from mailwizard.dns.mistakes import name_mistake
from mailwizard.dns.mistakes_remarks import refused_reports, remarks
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta.dkim_files import place_changes
from mailwizard.network.own_addresses import OwnAddresses, own_addresses
from mailwizard.publishing.keys import Keys, published_key, published_keys
from mailwizard.publishing.optional import optional_findings
from mailwizard.publishing.seen import TITLES, Seen, judged
from mailwizard.publishing.wanted import Key, Wish, domain_wishes, server_wishes, wishes


@dataclass(frozen=True)
class Wanted:
    """Everything that is to be published, and what it was made from."""

    wishes: list[Wish]
    keys: Keys
    own: OwnAddresses


class Records(ByDomain):
    """The step that publishes: it can only show what to publish, watch, and start signing."""

    name = "records"
    title = "DNS records"
    needs: tuple[str, ...] = ("chasquid.service",)

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def wanted(self, host: Host, answers: Answers) -> Wanted:
        """The records to publish. Only reads."""
        own, keys = await asyncio.gather(own_addresses(host, answers), published_keys(host, answers))
        return Wanted(await wishes(answers, own, keys.known, partial(best_answer, self._dns)), keys, own)

    async def see(self, wish: Wish, own: OwnAddresses) -> Seen:
        """What every authoritative server says of a record, then, when they hold it, what the resolvers say."""
        record = wish.record
        zone, said = await asyncio.gather(
            self._dns.zone(record.name), self._dns.authoritative(record.name, record.type)
        )
        ours = tuple(address for address in (own.ipv4, own.ipv6) if address)
        mistake = await name_mistake(record, said, zone.apex, self._dns.authoritative_lookup, ours)
        if mistake:
            better = replace(wish, record=replace(record, value=mistake.value or record.value))
            return Seen(better, zone.apex, said, [], mistake, refresh=zone.refresh)
        resolvers, unwise = await asyncio.gather(
            self._dns.at_resolvers(record.name, record.type), self._remarks(wish, said)
        )
        return Seen(wish, zone.apex, said, resolvers, None, unwise)

    async def _remarks(self, wish: Wish, said: Sequence[Answer]) -> tuple[str, ...]:
        values = next((answer.values for answer in said if answer.records), ())
        refused = await refused_reports(wish.record, wish.subject, values, self._dns.authoritative_lookup)
        return (*remarks(wish.record, values), *refused)

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """dns.a, dns.aaaa, dns.spf; of each domain dns.mx, dns.spf, dns.dkim, dns.dmarc, dns.mta_sts, dns.tls_rpt."""
        own = await own_addresses(host, answers)

        async def server() -> list[Finding]:
            return [*await self._judged(server_wishes(answers, own), own), *_no_ipv6(answers)]

        async def domain(one: Domain) -> list[Finding]:
            published, optional = await asyncio.gather(
                self._domain(host, answers, one, own), optional_findings(host, one, self._dns.authoritative_lookup)
            )
            return [*published, *optional]

        return Parts(server, domain)

    async def _domain(self, host: Host, answers: Answers, domain: Domain, own: OwnAddresses) -> list[Finding]:
        found = await published_key(host, domain)
        key = found if isinstance(found, Key) else None
        wanted = await domain_wishes(answers, domain, key, partial(best_answer, self._dns))
        judged = await self._judged(wanted, own)
        keyless = [] if isinstance(found, Key) else [_keyless(domain.name, found)]
        return [*judged, *keyless, *_no_mx(domain)]

    async def _judged(self, wanted: Sequence[Wish], own: OwnAddresses) -> list[Finding]:
        return [judged(one) for one in await asyncio.gather(*(self.see(wish, own) for wish in wanted))]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Each staged DKIM key whose record is seen on every authoritative server is placed."""
        wanted = await self.wanted(host, answers)
        keys = [wish for wish in wanted.wishes if wish.record.purpose == "dkim"]
        seen = await asyncio.gather(*(self.see(wish, wanted.own) for wish in keys))
        changes: list[Change] = []
        for wish in (one.wish for one in seen if one.mistake is None):
            changes += await _placing(host, wish.subject, wanted.keys.known[wish.subject].selector)
        return changes


async def _placing(host: Host, domain: str, selector: str) -> list[Change]:
    try:
        return await place_changes(host, domain, selector)
    except (FileMissing, FileUnreadable):
        return []  # its folder may not be seen by this user, and then it changes nothing either


def _keyless(domain: str, reason: str) -> Finding:
    fix = (
        "Apply the step Mail server first: it makes the key, and says what is wrong with one. The record is shown then."
    )
    return Finding("dns.dkim", Status.UNKNOWN, TITLES["dkim"], subject=domain, found=(reason,), fix=fix)


def _no_ipv6(answers: Answers) -> list[Finding]:
    if not answers.server.ipv4_only:
        return []
    found = ("mail is sent over IPv4 only",)
    return [Finding("dns.aaaa", Status.SKIPPED, TITLES["aaaa"], answers.server.hostname, found=found)]


def _no_mx(domain: Domain) -> list[Finding]:
    if domain.receive:
        return []
    found = ("this server does not receive for it",)
    return [Finding("dns.mx", Status.SKIPPED, TITLES["mx"], domain.name, found=found)]
