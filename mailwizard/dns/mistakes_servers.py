"""The answers of all authoritative servers put in order: who speaks for the zone, who does not, who is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.mistakes_kind import Mistake, shown
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import listed

# what a server says that was named for a zone and does not serve it (RFC 1912 section 2.8, lame delegation)
_LAME = ("REFUSED", "NOTAUTH", "referred to other", "an empty answer without", "answered without authority")


@dataclass(frozen=True)
class Servers:
    """`speaking` answered for the zone, `lame` answered that they do not serve it, `silent` gave nothing usable."""

    speaking: tuple[Answer, ...]
    lame: tuple[Answer, ...]
    silent: tuple[Answer, ...]


def sorted_out(answers: Iterable[Answer]) -> Servers:
    """The answers by kind. A silent address of a server whose other address spoke is left out.

    SERVFAIL is a fault of one server when others speak for the zone; when none does, it may pass by itself.
    """
    answers = list(answers)
    speaking = tuple(a for a in answers if a.outcome is not Outcome.UNKNOWN and (a.authoritative or not a.recursive))
    marks = (*_LAME, "SERVFAIL") if speaking else _LAME
    lame = tuple(a for a in answers if a.outcome is Outcome.UNKNOWN and a.why.startswith(marks))
    spoke = {server_name(answer) for answer in speaking}
    silent = tuple(a for a in answers if a not in speaking and a not in lame and server_name(a) not in spoke)
    return Servers(speaking, lame, silent)


def counted(answers: Iterable[Answer]) -> list[Answer]:
    """The answers without the silent addresses of servers that spoke at another one; those that spoke come first."""
    servers = sorted_out(answers)
    return [*servers.speaking, *servers.lame, *servers.silent]


def server_name(answer: Answer) -> str:
    """The name of the server, without its address."""
    return answer.server.partition(" ")[0]


def names(answers: Sequence[Answer]) -> str:
    """The servers of these answers, each once: `ns1.example.net and ns2.example.net`."""
    return listed(list(dict.fromkeys(server_name(answer) or "a name server" for answer in answers)))


def _is_one(answers: Sequence[Answer]) -> bool:
    return len({server_name(answer) for answer in answers}) == 1


def lame_mistake(lame: Sequence[Answer], apex: str, then: str = "") -> Mistake:
    """The mistake that servers are named for the zone and do not serve it; `then` is what is left to do after that."""
    one = _is_one(lame)
    said = listed(sorted({answer.why for answer in lame}))
    return Mistake(
        "lame_delegation",
        f"{names(lame)} {'is' if one else 'are'} named for {apex} and {'does' if one else 'do'} not serve it ({said}).",
        f"Delete {'it' if one else 'them'} from the name servers of {apex} at your registrar, or make the zone {apex}"
        f" there. {then}".rstrip(),
        (),
    )


def silent_mistake(wanted: Wanted, silent: Sequence[Answer]) -> Mistake:
    """The mistake that nothing can be said: no answer came."""
    why = listed(sorted({shown(answer.why) for answer in silent if answer.why})) or "no answer"
    asked = [answer for answer in silent if answer.server]
    who = f"{names(asked)} did not answer" if asked else "No name server could be asked"
    target = next((answer.aliases[-1].value for answer in silent if answer.aliases), "")
    if target:
        who = f"A CNAME record leads to {target}, and nobody answered"
    found = tuple(shown(f"{f'CNAME {target}' if target else answer.server}: {answer.why}") for answer in asked)
    # not told to publish: what could not be seen may stand there, and two SPF records are worse than one that is old
    fix = "Ask again in a minute. If it stays so, see whether this machine reaches port 53 of the name servers."
    return Mistake("no_answer", f"{who} about the {wanted.type} record of {wanted.name}: {why}.", fix, found)


def partial_mistake(wanted: Wanted, holding: Sequence[Answer], others: Sequence[Answer]) -> Mistake:
    """The mistake that only some of the servers hold the record."""
    values = dict.fromkeys(shown(value) for answer in others for value in answer.values)
    old = "its zone is old" if _is_one(others) else "their zones are old"
    return Mistake(
        "not_yet_everywhere",
        f"{names(holding)} {'has' if _is_one(holding) else 'have'} the {wanted.type} record of {wanted.name};"
        f" {names(others)} {'does' if _is_one(others) else 'do'} not have it yet.",
        f"Wait some minutes. If it stays so, tell whoever runs {names(others)} that {old}:"
        f" {wanted.type} {wanted.name}: {wanted.value}",
        tuple(values),
    )
