"""From a message to an `Answer`: which outcome a reply means, CNAME chains walked (RFC 1034, 4.3.2; RFC 2308)."""

from __future__ import annotations

from dataclasses import replace

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
    answer = Answer(
        name,
        type,
        Outcome.UNKNOWN,
        authority=message.authority,
        server=server,
        authoritative=message.authoritative,
        recursive=message.recursive,
    )
    if message.rcode not in (0, NXDOMAIN):
        return replace(answer, why=message.status)
    aliases, end = _chain(name, type, message.answer)
    records = tuple(record for record in message.answer if record.type == type and record.name == end)
    if records and not message.rcode:
        return replace(answer, outcome=Outcome.FOUND, records=records, aliases=aliases)
    if records:
        return replace(answer, why="a broken answer: records beside NXDOMAIN")
    return _without_records(replace(answer, aliases=aliases), message, end, recursive)


def _without_records(answer: Answer, message: Message, end: str, recursive: bool) -> Answer:
    soa = any(record.type == "SOA" and is_within(end, record.name) for record in message.authority)
    referral = any(record.type == "NS" for record in message.authority) and not soa
    if answer.aliases and not soa and (not message.rcode or not recursive):
        return replace(answer, outcome=Outcome.FOUND)
    if message.rcode:
        return replace(answer, outcome=Outcome.NO_NAME)
    if referral:
        glue = tuple(record for record in message.additional if record.type in ("A", "AAAA"))
        answer = replace(answer, authority=message.authority + glue)
    if soa or message.authoritative or (recursive and message.recursive and not referral):
        return replace(answer, outcome=Outcome.NO_DATA)
    return replace(answer, why="referred to other servers" if referral else "an empty answer without authority")


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
