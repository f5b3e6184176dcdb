"""An SPF record that differs from the wanted one: it is good when it passes for our addresses (RFC 7208)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from mailwizard.dns.answer import Lookup
from mailwizard.dns.mistakes_kind import Mistake, change_value, mistake
from mailwizard.dns.mistakes_text import read_spf, same_spf, text_fault
from mailwizard.dns.spf_check import MAX_LOOKUPS, MAX_VOID, Verdict
from mailwizard.dns.spf_count import Counted, TermCost, count
from mailwizard.dns.spf_eval import SpfResult, evaluate
from mailwizard.dns.spf_record import SpfRecord
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import listed

_FIXED = ("all", "ip4", "ip6")


async def spf_mistake(wanted: Wanted, text: str, lookup: Lookup, addresses: Sequence[str]) -> Mistake | None:
    """What is wrong with the SPF record `text`, evaluated for `addresses`; without any, for those that are wanted."""
    record = read_spf(text)
    fault = text_fault(wanted, text)
    if record is None or (fault and fault[0] != "other_value"):
        cause, sentence = fault or ("other_value", "Another SPF record stands there.")
        return mistake(cause, sentence, change_value(wanted), (text,))
    if all(mechanism.name in _FIXED for mechanism in record.live) and not record.redirect and not fault:
        return None  # nothing in it can go wrong
    addresses = addresses or await _wanted_addresses(wanted, lookup)
    limit = _limit(wanted, text, await count(lookup, wanted.name, text), addresses)
    if limit or same_spf(wanted.value, text):
        return limit
    return await _differing(wanted, text, record, lookup, addresses)


async def _differing(
    wanted: Wanted, text: str, record: SpfRecord, lookup: Lookup, addresses: Sequence[str]
) -> Mistake | None:
    results = await asyncio.gather(*(_check(wanted, text, lookup, address) for address in addresses))
    for address, result in zip(addresses, results, strict=True):
        if result.verdict is Verdict.TEMPERROR:
            return _unanswered(wanted, text, result.reason)
        if result.verdict is not Verdict.PASS:
            cause, said = text_fault(wanted, text) or ("other_value", "")
            said = said if cause != "other_value" else f"The record does not let {address} send. {result.reason}"
            return mistake(cause, said, change_value(wanted), (text,))
    lost = _includes(read_spf(wanted.value)) - _includes(record)
    if lost or not addresses:
        sentence = (
            f"The record does not include {', '.join(sorted(lost))}." if lost else "Another SPF record stands there."
        )
        return mistake("other_value", sentence, change_value(wanted), (text,))
    return None


def _limit(wanted: Wanted, text: str, counted: Counted, addresses: Sequence[str]) -> Mistake | None:
    """What is wrong with the record whoever sends: receivers answer permerror, or it cannot be told."""
    if counted.is_too_many:
        most = max(counted.terms, key=lambda term: term.lookups)
        sentence = f"The record takes {counted.lookups} DNS look-ups; receivers stop after {MAX_LOOKUPS}."
        first = f"Take out what you do not need; {most.term} alone takes {most.lookups}."
        return mistake("too_many_lookups", sentence, f"{first} {change_value(wanted)}", (text,))
    families = {ipaddress.ip_address(address).version for address in addresses} or {4}
    if any(counted.is_too_void(version) for version in families):
        sentence = f"More than {MAX_VOID} look-ups of the record find nothing, and receivers stop there."
        first = (
            f"Take out what leads to nothing: {listed(_void_terms(counted.terms)) or 'the names that do not exist'}."
        )
        return mistake("void_lookups", sentence, f"{first} {change_value(wanted)}", (text,))
    if counted.problems:
        return mistake("other_value", counted.problems[0], change_value(wanted), (text,))
    if counted.unknown:
        return _unanswered(wanted, text, f"Nobody answered for {listed(counted.unknown)}, which the record needs.")
    return None


def _void_terms(terms: Sequence[TermCost]) -> list[str]:
    inner = [name for term in terms for name in _void_terms(term.within)]
    return [*(term.term for term in terms if max(term.void) and not term.within), *inner]


def _unanswered(wanted: Wanted, text: str, sentence: str) -> Mistake:
    fix = f"Ask again in a minute; the SPF record at {wanted.name} cannot be judged without this answer."
    return mistake("no_answer", sentence, fix, (text,))


async def _check(wanted: Wanted, text: str, lookup: Lookup, address: str) -> SpfResult:
    domain = wanted.name
    return await evaluate(lookup, ip=address, mail_from=f"postmaster@{domain}", helo=domain, domain=domain, record=text)


async def _wanted_addresses(wanted: Wanted, lookup: Lookup) -> list[str]:
    """The addresses that the wanted record names by itself: single ones, and those of its `a` terms."""
    record = read_spf(wanted.value)
    terms = record.live if record else ()
    own = [str(term.network[0]) for term in terms if term.network and term.network.num_addresses == 1]
    hosts = [term.domain or wanted.name for term in terms if term.name == "a" and "%" not in term.domain]
    answers = await asyncio.gather(*(lookup(host, kind) for host in hosts for kind in ("A", "AAAA")))
    return [*own, *(value for answer in answers for value in answer.values)]


def _includes(record: SpfRecord | None) -> set[str]:
    if record is None:
        return set()
    named = {term.domain.lower() for term in record.live if term.name == "include"}
    return named | ({record.redirect.lower()} if record.redirect else set())
