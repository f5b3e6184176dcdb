"""One SPF record out of those that stand and what this server needs; other senders' terms are kept (RFC 7208)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailwizard.dns.spf_lint import same_meaning
from mailwizard.dns.spf_record import Mechanism, Modifier, SpfRecord, SpfSyntaxError, Term, parse, parse_term
from mailwizard.dns.spf_repair import salvage

_STRICT = "+?~-"  # the qualifiers of `all`, the strictest last


@dataclass(frozen=True)
class Merged:
    """The record to publish in place of all that stand, and what it changes."""

    record: str
    added: tuple[str, ...]  # terms
    kept: tuple[str, ...]  # terms
    notes: tuple[str, ...]  # a sentence for each thing that is changed or left out
    is_same: bool  # what stands means the same already: nothing to publish


def merge(
    existing: Sequence[str], wanted: Sequence[str], includes: Sequence[str] = (), all_default: str = "~all"
) -> Merged:
    """Joins the SPF records `existing` with the terms `wanted` ("a:mail.example.com") and the domains `includes`.

    `wanted` come first, so that no other term can refuse this server; `includes` last before `all`. The strictest
    `all` that stands is kept, never a weaker one; `all_default` where there is none, or one that lets anybody send.
    Raises SpfSyntaxError when `wanted`, `includes` or `all_default` are no SPF terms.
    """
    merger = _Merger()
    merger.read(existing)
    front = [merger.wish(_mechanism(word)) for word in dict.fromkeys(wanted)]
    new = [domain for domain in dict.fromkeys(includes) if [domain] != merger.redirects or merger.alls]
    back = [merger.wish(_mechanism(f"include:{domain}")) for domain in new]
    merger.mechanisms = [*(m for m in front if m), *merger.mechanisms, *(m for m in back if m)]
    tail = merger.tail(_mechanism(all_default))
    record = SpfRecord((*merger.mechanisms, *tail, *merger.modifiers))
    added = tuple(merger.added)
    kept = tuple(term.text for term in record.terms if term.text not in added)
    return Merged(record.text, added, kept, tuple(merger.notes), _stands(existing, record))


def _stands(existing: Sequence[str], record: SpfRecord) -> bool:
    try:
        return len(existing) == 1 and same_meaning(parse(existing[0]), record)
    except SpfSyntaxError:
        return False


def _mechanism(word: str) -> Mechanism:
    term = parse_term(word)
    if isinstance(term, Modifier):
        raise SpfSyntaxError("a mechanism is needed here", 0, word)
    return term


@dataclass
class _Merger:
    mechanisms: list[Mechanism] = field(default_factory=list)  # without `all`
    modifiers: list[Modifier] = field(default_factory=list)  # without redirect
    alls: list[str] = field(default_factory=list)  # qualifiers
    redirects: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, existing: Sequence[str]) -> None:
        """Takes in the records that stand, one after the other."""
        if len(existing) > 1:
            self.notes.append(f"The {len(existing)} SPF records become one.")
        for text in existing:
            terms, notes = salvage(text)
            self.notes += notes
            self._take(SpfRecord(terms))

    def _take(self, record: SpfRecord) -> None:
        for dead in record.mechanisms[len(record.live) :]:
            if dead.name != "all":
                self.notes.append(f'"{dead.text}" stood behind "all", where nobody reads it; it now stands before it.')
        if record.all:
            self.alls.append(record.all)
        for term in record.terms:
            self._take_term(term, record)

    def _take_term(self, term: Term, record: SpfRecord) -> None:
        if isinstance(term, Modifier):
            self._take_modifier(term, record)
        elif term.name != "all":
            if any(term.key == other.key and term.qualifier == other.qualifier for other in self.mechanisms):
                self.notes.append(f'"{term.text}" stood twice; once is enough.')
            else:
                self.mechanisms.append(term)

    def _take_modifier(self, term: Modifier, record: SpfRecord) -> None:
        if term.name == "redirect":
            if record.all:
                self.notes.append(f'"{term.text}" is left out: "all" in the same record hides it.')
            elif term.value not in self.redirects:
                self.redirects.append(term.value)
        elif any(term.name == other.name for other in self.modifiers):
            self.notes.append(f'"{term.text}" is left out: "{term.name}" is there already.')
        else:
            self.modifiers.append(term)

    def wish(self, term: Mechanism) -> Mechanism | None:
        """The mechanism to add, or None when what stands does it (after a change of its qualifier, perhaps)."""
        for at, other in enumerate(self.mechanisms):
            if not _covers(other, term):
                continue
            if other.qualifier == term.qualifier:
                return None
            if other.key == term.key:
                self.notes.append(f'"{other.text}" becomes "{term.text}", because it must be able to send.')
                self.added.append(term.text)
                del self.mechanisms[at]
                return term
        self.added.append(term.text)
        return term

    def tail(self, default: Mechanism) -> list[Term]:
        """How the record ends: a redirect where no `all` stands, else `all`."""
        if len(self.redirects) == 1 and not self.alls:
            return [Modifier("redirect", self.redirects[0])]
        for target in self.redirects:
            self._include_instead(target)
        return [Mechanism(self._strictest(default), "all")]

    def _include_instead(self, target: str) -> None:
        term = Mechanism("+", "include", target)
        self.notes.append(f'"redirect={target}" becomes "{term.text}", because two records become one.')
        if all(term.key != other.key for other in self.mechanisms):
            self.mechanisms.append(term)

    def _strictest(self, default: Mechanism) -> str:
        strictest = max(self.alls, key=_STRICT.index, default="")
        if strictest and strictest in "~-":
            return strictest
        kept = max(strictest, default.qualifier, key=_STRICT.index) if strictest else default.qualifier
        if kept != strictest:
            text = Mechanism(kept, "all").text
            self.added.append(text)
            if strictest:
                why = "lets anybody send in your name" if strictest == "+" else "says nothing about other servers"
                self.notes.append(f'"{strictest}all" {why}; it becomes "{text}".')
        return kept


def _covers(other: Mechanism, term: Mechanism) -> bool:
    """True when `other` matches whatever `term` matches."""
    if other.network is None or term.network is None:
        return other.key == term.key
    if other.network.version != term.network.version:
        return False
    inner, outer = int(term.network.network_address), int(other.network.network_address)
    shift = other.network.max_prefixlen - other.network.prefixlen
    return other.network.prefixlen <= term.network.prefixlen and inner >> shift == outer >> shift
