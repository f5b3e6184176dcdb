"""What is unwise in an SPF record that is otherwise valid (RFC 7208; each flaw names its section)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mailwizard.dns.spf_record import ASKING, SpfRecord
from mailwizard.dns.spf_repair import unglued

_LONGEST = 450  # RFC 7208, section 3.4: with the rest of the answer it shall fit into 512 bytes
_MECHANISMS = ASKING | {"ip4", "ip6", "all"}


@dataclass(frozen=True)
class Flaw:
    """`code` for programs, the term it is about ("" for the record), and a sentence that says what to do."""

    code: str
    term: str
    sentence: str


def lint(record: SpfRecord) -> tuple[Flaw, ...]:
    """The flaws of `record`, the worst first."""
    return (*_of_all(record), *_of_redirect(record), *_of_terms(record), *_of_size(record))


def same_meaning(one: SpfRecord, other: SpfRecord) -> bool:
    """True when receivers treat both alike: case, default prefix lengths and what stands behind `all` aside."""
    return _meaning(one) == _meaning(other)


def _meaning(record: SpfRecord) -> tuple[object, ...]:
    live = tuple((mechanism.qualifier, mechanism.key) for mechanism in record.live)
    return live, record.redirect.lower().rstrip("."), record.modifier("exp").lower().rstrip(".")


def _of_all(record: SpfRecord) -> tuple[Flaw, ...]:
    if record.all == "+":
        return (Flaw("plus_all", "+all", '"+all" lets anybody send in your name. Write "~all" or "-all".'),)
    if record.all == "?":
        return (Flaw("neutral_all", "?all", '"?all" says nothing about other servers. Write "~all" or "-all".'),)
    if not record.all and not record.redirect:
        return (Flaw("no_all", "", 'The record does not end in "all". Write "~all" or "-all" at its end.'),)
    return ()


def _of_redirect(record: SpfRecord) -> tuple[Flaw, ...]:
    hidden = record.modifier("redirect") if record.all else ""
    dead = record.mechanisms[len(record.live) :]
    redirect = f"redirect={hidden}"
    return (
        *((Flaw("hidden", redirect, f'"{redirect}" is never used beside "all". Take it out.'),) if hidden else ()),
        *(
            Flaw(
                "after_all",
                term.text,
                f'"{term.text}" stands behind "all", where nobody reads it. Put it before "all".',
            )
            for term in dead
        ),
    )


def _of_terms(record: SpfRecord) -> tuple[Flaw, ...]:
    flaws = []
    for term in record.live:
        if term.name == "ptr":
            flaws.append(
                Flaw(
                    "ptr", term.text, f'"{term.text}" is slow and shall not be used any more. Name the hosts with "a:".'
                )
            )
        if term.host_bits:
            flaws.append(
                Flaw(
                    "host_bits", term.text, f'The address in "{term.text}" was longer than its prefix length. Check it.'
                )
            )
    glued = [term.text for term in record.live if len(unglued(term.text)) > 1]
    flaws += [Flaw("glued", text, f'In "{text}" the space between two terms is missing. Put it in.') for text in glued]
    twice = [text for text, times in Counter(term.text for term in record.live).items() if times > 1]
    flaws += [Flaw("twice", text, f'"{text}" stands more than once. Once is enough.') for text in twice]
    return (*flaws, *_of_modifiers(record))


def _of_modifiers(record: SpfRecord) -> tuple[Flaw, ...]:
    typos = [modifier for modifier in record.modifiers if modifier.name in _MECHANISMS]
    return tuple(
        Flaw("equals_sign", m.text, f'"{m.text}" is ignored by receivers. Write "{m.name}:{m.value}".') for m in typos
    )


def _of_size(record: SpfRecord) -> tuple[Flaw, ...]:
    size = len(record.text)
    long = f"The record has {size} characters; beyond {_LONGEST} some receivers lose it. Take terms out."
    return (Flaw("long", "", long),) if size > _LONGEST else ()
