"""Reverse DNS of each address that sends, and whether a blocklist has one of them. A program can only look."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mailwizard import hosting
from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.dns.answer import Answer
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.blocklist import Blocklists
from mailwizard.dns.dns import Dns
from mailwizard.dns.ptr import Fcrdns, Reverse, fcrdns
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.network.blocklisted import judge_listings
from mailwizard.network.own_addresses import OwnAddresses, own_addresses
from mailwizard.text import listed


class ReverseDns(ByDomain):
    """The step at the hosting provider's page."""

    name = "reverse_dns"
    title = "Reverse DNS"
    needs: tuple[str, ...] = ()

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self.guess = hosting.Guess(None)  # who rents the server out, as the last look recognised it

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """rdns.ipv4, rdns.ipv6, and what the blocklists say of the addresses; of each domain what they say of it.

        Blocklists are asked through the machine's own resolver: they refuse the public ones.
        """
        lists = Blocklists(self._dns.resolve, answers.probes.blocklists)

        async def domain(one: Domain) -> list[Finding]:
            return [judge_listings(one.name, await lists.about(one.name))]

        return Parts(lambda: self._server(host, answers, lists), domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing: only the owner of the addresses can set their names."""
        return []

    async def _reverse(self, host: Host, answers: Answers, own: OwnAddresses) -> list[Finding]:
        if not answers.server.hostname:
            return []
        seen, self.guess = await asyncio.gather(
            asyncio.gather(*(fcrdns(self._lookup, address, answers.server.hostname) for address in own.all)),
            hosting.recognise(host, self._dns, answers, own.all),
        )
        return [*(judge(one, self.guess) for one in seen), *without(answers, own)]

    async def _server(self, host: Host, answers: Answers, lists: Blocklists) -> list[Finding]:
        own = await own_addresses(host, answers)
        reverse, listed = await asyncio.gather(
            self._reverse(host, answers, own), asyncio.gather(*(lists.about(address) for address in own.all))
        )
        return [*reverse, *map(judge_listings, own.all, listed)]

    async def _lookup(self, name: str, type: str) -> Answer:
        return await best_answer(self._dns, name, type)


def judge(seen: Fcrdns, guess: hosting.Guess) -> Finding:
    """The finding about one address. The fix says where the name is set, as far as that is known."""
    version = 6 if ":" in seen.address else 4
    basic = Finding(
        f"rdns.ipv{version}",
        Status.FAILED,
        "Reverse DNS",
        subject=seen.address,
        expected=seen.hostname,
        found=seen.names,
        source=seen.source or "the resolvers: no name server was found",
    )
    if seen.state is Reverse.CONFIRMED:
        return replace(basic, status=Status.OK)
    if seen.state is Reverse.UNKNOWN:
        return replace(basic, status=Status.UNKNOWN, cause="no_answer", found=(*seen.names, seen.why))
    if seen.state is Reverse.SEVERAL:
        fix = f"Leave only {seen.hostname} at {seen.address}: some receivers look at one name alone, any of them."
        return replace(basic, status=Status.WARNING, cause="two_records", fix=fix)
    if seen.state is Reverse.NOT_BACK:
        leads = f"{seen.hostname} leads to {listed(seen.forward) or 'no address'}"
        cause = "other_value" if seen.forward else "missing"
        return replace(basic, cause=cause, found=(*seen.names, leads), fix=_way_back(seen))
    return replace(basic, cause="missing" if seen.state is Reverse.MISSING else "other_value", fix=_way(seen, guess))


def _way(seen: Fcrdns, guess: hosting.Guess) -> str:
    """How the name is set."""
    way = f"Set the reverse DNS (PTR) of {seen.address} to {seen.hostname}. {guess.rdns_steps}"
    if ":" in seen.address and guess.provider and not guess.provider.ipv6_ptr.startswith("yes"):
        way += f" For IPv6 there: {guess.provider.ipv6_ptr}."
    if ":" in seen.address:
        way += ' If it cannot be set, send over IPv4 only: "off" as IPv6 address (server.ipv6 in setup.toml).'
    return way


def _way_back(seen: Fcrdns) -> str:
    type = "AAAA" if ":" in seen.address else "A"
    return f"Publish the record {seen.hostname} {type} {seen.address}: the name must lead back to the address."


def without(answers: Answers, own: OwnAddresses) -> list[Finding]:
    """The findings about the addresses that there are not."""
    findings = []
    if not own.ipv4:
        found = ("no public IPv4 address is known",)
        findings.append(Finding("rdns.ipv4", Status.UNKNOWN, "Reverse DNS of IPv4", found=found))
    if not own.ipv6:
        why = "not chosen: mail is sent over IPv4 alone" if answers.server.ipv4_only else "there is no IPv6 address"
        findings.append(Finding("rdns.ipv6", Status.SKIPPED, "Reverse DNS of IPv6", found=(why,)))
    return findings
