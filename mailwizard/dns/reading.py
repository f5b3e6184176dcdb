"""From a message to an `Answer`: which outcome a reply means, CNAME chains walked (RFC 1034, 4.3.2; RFC 2308)."""

from __future__ import annotations

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.message import Message
from mailwizard.dns.names import is_within

CHAIN = 16  # aliases followed at most
NXDOMAIN = 3


def unknown(name: str, type: str, why: str, server: str = "") -> Answer:
    """An answer that is none, and why."""
    return Answer(name, type, Outcome.UNKNOWN, server=server, why=why)


def read(name: str, type: str, message: Message, *, server: str, recursive: bool) -> Answer:
    """What `message` says of `name`; `recursive`: it was asked with RD=1.

    A referral is UNKNOWN; its `authority` has the NS records and the addresses that came with them (glue).
    An alias whose target is not in the answer is FOUND without records: its target is to be asked elsewhere.
    """
    aliases, end = _chain(name, type, message.answer)
    records = tuple(record for record in message.answer if record.type == type and record.name == end)
    outcome, why = _outcome(message, records, aliases, end, recursive)
    good, authority = outcome is not Outcome.UNKNOWN, message.authority
    if not good:  # a referral's glue
        authority += tuple(record for record in message.additional if record.type in ("A", "AAAA"))
    return Answer(
        name,
        type,
        outcome,
        records if good else (),
        aliases if good else (),
        authority,
        server,
        message.authoritative,
        message.recursive,
        why,
    )


def _outcome(
    message: Message, records: tuple[Record, ...], aliases: tuple[Record, ...], end: str, recursive: bool
) -> tuple[Outcome, str]:
    """The outcome, and for UNKNOWN the reason."""
    if message.rcode not in (0, NXDOMAIN):
        return Outcome.UNKNOWN, message.status
    if records:
        broken = "a broken answer: records beside NXDOMAIN"
        return (Outcome.UNKNOWN, broken) if message.rcode else (Outcome.FOUND, "")
    soa = any(record.type == "SOA" and is_within(end, record.name) for record in message.authority)
    if aliases and not soa and (not message.rcode or not recursive):
        return Outcome.FOUND, ""
    if message.rcode:
        return Outcome.NO_NAME, ""
    referral = not soa and any(record.type == "NS" for record in message.authority)
    if soa or message.authoritative or (recursive and message.recursive and not referral):
        return Outcome.NO_DATA, ""
    return Outcome.UNKNOWN, "referred to other servers" if referral else "an empty answer without authority"


def _chain(name: str, type: str, records: tuple[Record, ...]) -> tuple[tuple[Record, ...], str]:
    """The CNAMEs from `name` on, in order, and the name that they lead to."""
    if type in ("CNAME", "ANY"):
        return (), name
    targets = {record.name: record for record in records if record.type == "CNAME"}
    aliases: list[Record] = []
    while name in targets and len(aliases) < CHAIN:
        aliases.append(targets.pop(name))
        name = aliases[-1].value
    return tuple(aliases), name
