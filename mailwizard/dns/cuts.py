"""What a zone cut is, and how it is read from answers: apexes, referrals, glue (RFC 1034, 4.2; RFC 9499)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.names import is_within, parent

# under which domains are registered in country zones (co.uk, com.br): asking there saves a step, no more
SECOND_LEVEL = frozenset(
    (
        "ac",
        "co",
        "com",
        "ed",
        "edu",
        "gob",
        "gov",
        "gv",
        "id",
        "ltd",
        "me",
        "mil",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "web",
    )
)
Address = tuple[str, str]  # a name server's name, one of its addresses


@dataclass(frozen=True)
class Cut:
    """A zone: its apex ("" = the root) and its servers' names; UNKNOWN with `why` when it could not be found."""

    apex: str
    servers: tuple[str, ...]
    outcome: Outcome = Outcome.FOUND
    why: str = ""
    glue: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Delegation:
    """What the zone above says: the servers' names (none: not delegated, or UNKNOWN), and in which answers."""

    servers: tuple[str, ...]
    outcome: Outcome
    why: str = ""
    glue: tuple[Record, ...] = ()
    answers: tuple[Answer, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Places:
    """Where servers are: `found` their addresses, `lost` the servers without one and why, `hidden` those that have only
    IPv6 addresses, which this machine cannot reach.
    """

    found: tuple[Address, ...]
    lost: tuple[tuple[str, str], ...] = ()
    hidden: tuple[str, ...] = ()


NO_ADDRESS = "no address"


def label(server: Address) -> str:
    """A server as the user reads it: `ns1.example.net (198.51.100.53)`."""
    return f"{server[0]} ({server[1]})"


def above_underscores(name: str) -> str:
    """The host or domain that a name like `mw1._domainkey.example.com` speaks of."""
    labels = name.split(".")
    while any(part.startswith("_") for part in labels):
        labels = labels[1:]
    return ".".join(labels)


def domain_of(name: str) -> str:
    """The part of a name that somebody registered, as far as the labels tell; a zone may still begin elsewhere."""
    labels = above_underscores(name).split(".")
    if labels[-1] == "arpa":
        return ".".join(labels[-2:])
    two_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3:] if two_level else labels[-2:])


def apex_above(name: str, answer: Answer) -> str:
    """Where to look on for the zone of `name`, which is no apex itself: the owner of the SOA in the answer, or, when
    there is none (an alias; a resolver that leaves it out), the name above.
    """
    owners = [record.name for record in answer.authority if record.type == "SOA" and not answer.aliases]
    return next((owner for owner in owners if owner != name and is_within(name, owner)), parent(name))


def referral(name: str, apex: str, answers: Sequence[Answer]) -> list[Record]:
    """The NS records of a referral from the zone `apex` to a zone below it that holds `name`."""
    return [
        record
        for answer in answers
        if answer.outcome is Outcome.UNKNOWN
        for record in answer.authority
        if record.type == "NS" and record.name != apex and is_within(name, record.name) and is_within(record.name, apex)
    ]


def glue_of(answers: Sequence[Answer]) -> tuple[Record, ...]:
    """The addresses that came with referrals."""
    return tuple(record for answer in answers for record in answer.authority if record.type in ("A", "AAAA"))
