"""An SPF record that differs from the wanted one: it is good when it passes for our addresses (RFC 7208)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Collection, Sequence

from mailwizard.dns.answer import Lookup
from mailwizard.dns.mistakes_kind import Mistake, change_value, mistake
from mailwizard.dns.mistakes_text import read_spf, same_spf, text_fault
from mailwizard.dns.spf_check import MAX_LOOKUPS, MAX_VOID, Verdict
from mailwizard.dns.spf_count import Counted, count
from mailwizard.dns.spf_cure import cured, dearest, too_void, void_terms
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
        return (await cured(wanted, lookup, _families(addresses))).mistake(cause, sentence, text)
    if all(mechanism.name in _FIXED for mechanism in record.live) and not record.redirect and not fault:
        return None  # nothing in it can go wrong
    addresses = addresses or await _wanted_addresses(wanted, lookup)
    limit = await _limit(wanted, text, await count(lookup, wanted.name, text), lookup, _families(addresses))
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
            return (await cured(wanted, lookup, _families(addresses))).mistake(cause, said, text)
    lost = _includes(read_spf(wanted.value)) - _includes(record)
    if lost or not addresses:
        sentence = (
            f"The record does not include {', '.join(sorted(lost))}." if lost else "Another SPF record stands there."
        )
        return mistake("other_value", sentence, change_value(wanted), (text,))
    return None


async def _limit(
    wanted: Wanted, text: str, counted: Counted, lookup: Lookup, families: Collection[int]
) -> Mistake | None:
    """What is wrong with the record whoever sends: receivers answer permerror, or it cannot be told."""
    cause, sentence, first = _verdict(wanted, counted, families)
    if cause:
        return (await cured(wanted, lookup, families)).mistake(cause, sentence, text, first)
    if counted.unknown:
        return _unanswered(wanted, text, f"Nobody answered for {listed(counted.unknown)}, which the record needs.")
    return None


def _verdict(wanted: Wanted, counted: Counted, families: Collection[int]) -> tuple[str, str, str]:
    """A cause ("" for a good record), the sentence for it, and what to do first."""
    if counted.is_too_many:
        sentence = f"The record takes {counted.lookups} DNS look-ups; receivers stop after {MAX_LOOKUPS}."
        return "too_many_lookups", sentence, dearest(wanted, counted)
    if too_void(counted, families):
        sentence = f"More than {MAX_VOID} look-ups of the record find nothing, and receivers stop there."
        dead = void_terms(counted.terms)
        return "void_lookups", sentence, f"Take out what leads to nothing: {listed(dead)}." if dead else ""
    if counted.problems:
        return "other_value", counted.problems[0], ""
    opens = next((term.term for term in counted.terms if term.opens), "")
    if opens:
        sentence = f"{opens} leads to a record that allows the whole world to send, and so does yours."
        return "plus_all", sentence, f"Take {opens} out of it."
    return "", "", ""


def _unanswered(wanted: Wanted, text: str, sentence: str) -> Mistake:
    fix = f"Ask again in a minute; the SPF record at {wanted.name} cannot be judged without this answer."
    return mistake("no_answer", sentence, fix, (text,))


def _families(addresses: Sequence[str]) -> set[int]:
    """The IP versions of the addresses; IPv4 where none is known."""
    return {ipaddress.ip_address(address).version for address in addresses} or {4}


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
