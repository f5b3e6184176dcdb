"""Addresses that must arrive though nobody chose them: postmaster (RFC 5321, 4.5.1), abuse (RFC 2142, 4), and those
that the records promise reports to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mailwizard import values
from mailwizard.answers import Answers, Domain

ROLES = ("postmaster", "abuse")


@dataclass(frozen=True)
class Follows:
    """Where mail for a role without a line of its own goes: `targets`, as that of `like` does (in words)."""

    targets: tuple[str, ...] = ()
    like: str = ""


def split(text: str) -> tuple[str, ...]:
    """The addresses between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def report_addresses(domain: Domain) -> tuple[str, ...]:
    """The addresses that the domain's DMARC record is to name, by the answers."""
    return tuple(dict.fromkeys((*split(domain.dmarc.rua), *split(domain.dmarc.ruf))))


def local_parts(addresses: Iterable[str], domain: str) -> tuple[str, ...]:
    """What an aliases file of `domain` has to name for those of the addresses that are there.

    A suffix (`+x`) is left out, as chasquid leaves it out; what cannot be a line is not named at all.
    """
    named = (address.rpartition("@") for address in addresses)
    plain = (_plain(local) for local, _, where in named if where.lower() == domain)
    return tuple(dict.fromkeys(local for local in plain if local))


def _plain(local: str) -> str:
    try:
        return values.local_part(local.partition("+")[0])
    except ValueError:
        return ""


def roles_here(answers: Answers) -> dict[str, tuple[str, ...]]:
    """By domain the local parts that must arrive in it: the roles, and what any domain's answers promise."""
    promised: dict[str, list[str]] = {domain.name: [] for domain in answers.domains}
    for domain in answers.domains:
        for address in report_addresses(domain):
            promised.get(address.rpartition("@")[2].lower(), []).append(address)
    return {name: tuple(dict.fromkeys((*ROLES, *local_parts(them, name)))) for name, them in promised.items()}


def follows(domain: Domain, email: str, ours: Collection[str]) -> Follows:
    """Where mail for a role goes that `forward` does not name, and "*" does not take.

    Where the postmaster's goes; else where the first forwarded sender's goes; else to `email`, the certificate's
    address. Only what leaves the domain counts, for the last one what is at none of `ours`: nothing can go in a circle.
    """
    chosen: Mapping[str, tuple[str, ...]] = {name: split(text) for name, text in domain.forward.items()}
    for name in ("postmaster", *domain.senders):
        targets = chosen.get(name, ())
        if targets and not any(target.rpartition("@")[2].lower() == domain.name for target in targets):
            return Follows(targets, f"mail for {name}")
    if email and email.rpartition("@")[2].lower() not in ours:
        return Follows((email,), "the certificate authority's mail")
    return Follows()
