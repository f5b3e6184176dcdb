"""The SPF record to publish when the one that was put together has terms that spoil it, and what to do about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from mailwizard.dns.answer import Lookup
from mailwizard.dns.mistakes_kind import Mistake, change_value, mistake
from mailwizard.dns.mistakes_text import read_spf, same_spf
from mailwizard.dns.spf_check import MAX_LOOKUPS, MAX_VOID
from mailwizard.dns.spf_count import Counted, TermCost, count
from mailwizard.dns.spf_record import SpfRecord, opening, parse_term
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import listed


@dataclass(frozen=True)
class Cure:
    """The record to publish, and what stays wrong with it: only somebody who knows what is needed can decide that."""

    wanted: Wanted
    left: str = ""
    taken: tuple[TermCost, ...] = ()  # terms that are not in it any more, as receivers refuse the record for them

    def mistake(self, cause: str, sentence: str, text: str, first: str = "") -> Mistake:
        """The mistake in the record `text`: `first` is to be done, then its value changed unless that cures nothing."""
        same = bool(self.left) or same_spf(self.wanted.value, text)
        first = "" if self.left.startswith(first) else first
        taken = (f'"{term.term}" is left out: {term.flaw}' for term in self.taken if term.flaw not in ("", sentence))
        parts = (first, *taken, self.left, "" if same else change_value(self.wanted))
        fix = " ".join(part for part in parts if part) or change_value(self.wanted)
        return replace(mistake(cause, sentence, fix, (text,)), value=self.wanted.value)


async def cured(wanted: Wanted, lookup: Lookup, families: Collection[int]) -> Cure:
    """The wanted SPF record without the terms for which receivers refuse it or let anybody send.

    What the answers call for (`needed`) stays; `families` are the IP versions that this server sends with.
    """
    record = read_spf(wanted.value)
    if record is None:
        return Cure(wanted)
    counted = await count(lookup, wanted.name, wanted.value)
    spoilt = _spoilt(record, counted, families) - set(wanted.needed) if wanted.needed else set[str]()
    taken = tuple(term for term in counted.terms if term.term in spoilt)
    if spoilt:
        wanted = replace(wanted, value=_without(record, spoilt))
        counted = await count(lookup, wanted.name, wanted.value)
    return Cure(wanted, _left(wanted, counted, families), taken)


def too_void(counted: Counted, families: Collection[int]) -> bool:
    """True when more look-ups find nothing than receivers bear."""
    return any(counted.is_too_void(version) for version in families)


def void_terms(terms: Sequence[TermCost]) -> list[str]:
    """The terms that lead to nothing for any sender, those of included records as well."""
    inner = [name for term in terms for name in void_terms(term.within)]
    return [*(term.term for term in terms if min(term.void) and not term.within), *inner]


def _spoilt(record: SpfRecord, counted: Counted, families: Collection[int]) -> set[str]:
    spoilt = {term.term for term in counted.terms if term.flaw or term.opens}
    if too_void(counted, families):
        spoilt |= {term.term for term in counted.terms if min(term.void) and not term.within}
    return spoilt | {text for text in opening(record) if text != "all"}


def _without(record: SpfRecord, spoilt: set[str]) -> str:
    kept = SpfRecord(tuple(term for term in record.terms if term.text not in spoilt))
    ended = kept if kept.all or kept.redirect else SpfRecord((*kept.terms, parse_term("~all")))
    return ended.text


def _left(wanted: Wanted, counted: Counted, families: Collection[int]) -> str:
    """What is to be done about the record by hand; empty when it is good."""
    if counted.is_too_many:
        more = (
            f"It must take {MAX_LOOKUPS} at most: change the TXT record at {wanted.name}, which is now {wanted.value}"
        )
        return f"{dearest(wanted, counted)} {more}"
    flawed = next((term for term in counted.terms if term.flaw), None)
    if flawed:
        return f"Publish what is missing, or take {flawed.term} out of spf_include in your answers."
    if not too_void(counted, families):
        return ""
    half = [term.term for term in counted.terms if any(term.void) and not min(term.void) and not term.within]
    hint = f" The names in {listed(half)} have addresses of one kind only: write them as ip4: and ip6:." if half else ""
    return f"Take terms out of it until {MAX_VOID} look-ups at most find nothing.{hint}"


def dearest(wanted: Wanted, counted: Counted) -> str:
    """Which term of the record costs the most look-ups, of those that need not stay."""
    free = [term for term in counted.terms if term.term not in wanted.needed] or list(counted.terms)
    most = max(free, key=lambda term: term.lookups)
    if most.lookups > 1:
        return f"Take out what you do not need; {most.term} alone takes {most.lookups}."
    return f"Take out what you do not need; each of its {len(counted.terms)} terms that ask takes one."
