"""The names: is each domain delegated, to whom, do its servers agree, and what stands there already."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from mailwizard import hosting
from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.dns import Dns
from mailwizard.dns.names import is_within, reverse_name
from mailwizard.dns.zone import Zone
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.network.own_addresses import own_addresses
from mailwizard.text import listed, one_line


@dataclass(frozen=True)
class Name:
    """A name that mail needs, the zone that holds it, and what stands there: MX, TXT, and TXT of `_dmarc`."""

    name: str
    zone: Zone
    standing: tuple[Answer, ...] = ()


class Names(ByDomain):
    """The step that takes the names. Nothing is changed: a delegation is the registrar's matter."""

    name = "names"
    title = "Names"
    needs: tuple[str, ...] = ()

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """dns.delegation for each domain, and for the zone of the server's name unless that is a domain's.

        What takes others long is told with the zone of the server's name.
        """
        hostname, domains = answers.server.hostname, {domain.name for domain in answers.domains}

        async def server() -> list[Finding]:
            zone = await self._dns.zone(hostname) if hostname else None
            if zone is None or zone.apex in domains:
                return []
            return [await self._with_lead(host, answers, judge(Name(hostname, zone), hostname))]

        async def domain(one: Domain) -> list[Finding]:
            seen, holds = await asyncio.gather(self._name(one.name), self._holds(one.name, hostname))
            finding = judge(seen, hostname)
            return [await self._with_lead(host, answers, finding) if holds else finding]

        return Parts(server, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing."""
        return []

    async def _name(self, name: str) -> Name:
        zone, *standing = await asyncio.gather(
            self._dns.zone(name),
            best_answer(self._dns, name, "MX"),
            best_answer(self._dns, name, "TXT"),
            best_answer(self._dns, f"_dmarc.{name}", "TXT"),
        )
        return Name(name, zone, tuple(standing))

    async def _holds(self, domain: str, hostname: str) -> bool:
        """True when the server's name lies in this domain's own zone."""
        return is_within(hostname, domain) and (await self._dns.zone(hostname)).apex == domain

    async def _with_lead(self, host: Host, answers: Answers, finding: Finding) -> Finding:
        return replace(finding, found=(*finding.found, *await long_lead(host, self._dns, answers)))


def judge(seen: Name, hostname: str = "") -> Finding:
    """The finding about one name. An MX record that names `hostname` is our own, not one that stood before."""
    zone = seen.zone
    basic = Finding(
        "dns.delegation",
        Status.OK,
        "Name servers",
        subject=seen.name,
        expected="delegated to name servers that all serve it",
        found=(*_served(seen), *_standing(seen.standing, hostname), *_not_learned(zone)),
        source=_source(seen),
    )
    if zone.outcome is Outcome.NO_NAME or (zone.apex and _is_public(seen)):
        return replace(
            basic,
            status=Status.FAILED,
            cause="missing",
            found=(zone.why or f"{seen.name} is not delegated: the zone {zone.apex} answers in its place",),
            fix=f"Register {seen.name}, or enter its name servers at your registrar. A new domain takes up to a day.",
        )
    if zone.lame:
        return _lame(basic, zone)
    if zone.outcome is Outcome.UNKNOWN or zone.silent:
        return replace(basic, status=Status.UNKNOWN, cause="no_answer")
    return _agreeing(basic, zone)


def _source(seen: Name) -> str:
    zone = seen.zone
    servers = [f"{name} ({address})" for name, address in zone.addresses]
    asked = f"{', '.join(servers)}, authoritative" if servers else "no name server of it was found"
    return f"the zone above {zone.apex or seen.name}; {asked}"


def _is_public(seen: Name) -> bool:
    """True when a domain's own zone is a top-level domain's: nobody has registered it, or it was let go."""
    return bool(seen.standing) and "." not in seen.zone.apex and seen.zone.apex != seen.name


def _lame(basic: Finding, zone: Zone) -> Finding:
    all_of_them = not zone.serials
    return replace(
        basic,
        status=Status.FAILED if all_of_them else Status.WARNING,
        cause="lame_delegation",
        found=(*basic.found, f"{listed(zone.lame)} {'does' if len(zone.lame) == 1 else 'do'} not serve {zone.apex}"),
        fix=f"Set {zone.apex} up at the DNS provider that these servers belong to, or enter the name servers of the "
        "provider that you use at your registrar.",
    )


def _agreeing(basic: Finding, zone: Zone) -> Finding:
    """The servers answer; do parent and zone name the same ones, and have all of them the same version?"""
    parent, own = set(zone.parent_servers), set(zone.own_servers)
    if parent and own and parent != own:
        found = [f"the zone above names {listed(sorted(parent))}", f"the zone itself names {listed(sorted(own))}"]
        fix = "Enter the same name servers at your registrar and at your DNS provider: else some see old records."
        return replace(basic, status=Status.WARNING, cause="wrong_zone", found=(*basic.found, *found), fix=fix)
    if len(set(zone.serials.values())) > 1:
        serials = ", ".join(f"{server}: {serial}" for server, serial in zone.serials.items())
        fix = "Wait: a change is on its way to all of your name servers. If it stays so, tell your DNS provider."
        seen = (*basic.found, f"different versions: {serials}")
        until = datetime.now(timezone.utc) + timedelta(seconds=zone.refresh) if zone.refresh else None
        return replace(basic, status=Status.WARNING, cause="not_yet_everywhere", found=seen, fix=fix, until=until)
    return basic


def _served(seen: Name) -> tuple[str, ...]:
    servers = seen.zone.own_servers or seen.zone.parent_servers
    return (f"the zone {seen.zone.apex} is served by {listed(servers)}",) if servers else ()


def _not_learned(zone: Zone) -> tuple[str, ...]:
    """What gave no answer, also an address of a server that answers at another one."""
    return (zone.why,) if zone.why and (zone.serials or not zone.lame) else ()


def _standing(answers: Iterable[Answer], hostname: str) -> tuple[str, ...]:
    """What a business mailbox or an earlier set-up has left: MX, SPF and DMARC records."""
    lines = []
    for answer in answers:
        for value in answer.values:
            foreign_mx = answer.type == "MX" and value.partition(" ")[2] != hostname
            if foreign_mx or value.lower().startswith(("v=spf1", "v=dmarc1")):
                lines.append(one_line(f"stands already: {answer.name} {answer.type} {value}"))
    return tuple(lines)


async def long_lead(host: Host, dns: Dns, answers: Answers) -> list[str]:
    """What takes others hours and does not stand yet, so that the user can begin with it now: a sentence each."""
    own, name = await own_addresses(host, answers), answers.server.hostname
    if not name or not own.all:
        return []
    guess, back, forth = await asyncio.gather(
        hosting.recognise(host, dns, answers, own.all),
        asyncio.gather(*(dns.authoritative_lookup(reverse_name(address), "PTR") for address in own.all)),
        asyncio.gather(*(dns.authoritative_lookup(name, _type(address)) for address in own.all)),
    )
    unnamed = [address for address, ptr in zip(own.all, back, strict=True) if _lacks(ptr, name)]
    unpublished = [address for address, seen in zip(own.all, forth, strict=True) if _lacks(seen, address)]
    return early_items(name, guess, unnamed, unpublished)


def early_items(name: str, guess: hosting.Guess, unnamed: Sequence[str], unpublished: Sequence[str]) -> list[str]:
    """A and AAAA at the DNS provider, PTR and port 25 at the hosting provider."""
    items = [f"begin now, at your DNS provider: publish {name} {_type(address)} {address}" for address in unpublished]
    if unnamed:
        ptr = f"set the reverse DNS (PTR) of {listed(unnamed)} to {name}"
        items.append(f"begin now, at your hosting provider: {ptr}. {guess.rdns_steps}")
    provider = guess.provider
    if items and provider and provider.port_25.startswith(("closed", "always closed")):
        how = f"{provider.unblock} {provider.unblock_url}".strip() or "No way to open it is known."
        items.append(f"begin now, outgoing port 25: {provider.name} has it {provider.port_25}. {how}")
    return items


def _lacks(seen: Answer, value: str) -> bool:
    """True when the answer does not have the value; no answer lacks nothing."""
    return seen.outcome is not Outcome.UNKNOWN and value not in seen.values


def _type(address: str) -> str:
    return "AAAA" if ":" in address else "A"
