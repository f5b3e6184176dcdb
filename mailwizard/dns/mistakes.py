"""What is wrong with a record that was to be published, named from the answers of the DNS alone."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.dns.answer import ENDLESS, Answer, Lookup
from mailwizard.dns.mistakes_hosts import host_mistake
from mailwizard.dns.mistakes_kind import Mistake, change_value, mistake, none_there, publish
from mailwizard.dns.mistakes_missing import apex_from, child_zone_mistake, circle_mistake, missing_mistake
from mailwizard.dns.mistakes_servers import lame_mistake, partial_mistake, silent_mistake, sorted_out
from mailwizard.dns.mistakes_spf import spf_mistake
from mailwizard.dns.mistakes_text import OWN_NAME, SPF_PURPOSES, counting, is_split, near, text_fault
from mailwizard.dns.names import nobodys_name, parent
from mailwizard.dns.wanted_record import Wanted

__all__ = ["Mistake", "holds", "name_mistake"]


async def name_mistake(
    wanted: Wanted, answers: Sequence[Answer], zone_apex: str, lookup: Lookup, addresses: Sequence[str] = ()
) -> Mistake | None:
    """None when every authoritative server holds the wanted record; else the one thing that is wrong.

    `answers` is what each address of each authoritative server said about the record. `addresses` are ours: an SPF
    record may differ and is good if it lets them send. More is asked (by `lookup`) only where something is wrong, and
    for an SPF record that leads to others.
    """
    zone_apex = zone_apex or apex_from(wanted, answers)
    servers = sorted_out(answers)
    circle = next((answer for answer in answers if answer.why == ENDLESS and answer.aliases), None)
    if circle and not servers.speaking:
        return circle_mistake(wanted, circle)
    if not servers.speaking:
        child = child_zone_mistake(wanted, answers, zone_apex)
        every_lame = servers.lame and not servers.silent
        return child or (
            lame_mistake(servers.lame, zone_apex, publish(wanted)) if every_lame else silent_mistake(wanted, answers)
        )
    faults = [
        (answer, await _fault(wanted, answer, zone_apex, lookup, addresses)) for answer in _distinct(servers.speaking)
    ]
    good = {_said(answer) for answer, fault in faults if fault is None}
    if not good:
        return await _named(wanted, faults, zone_apex, lookup)
    holding = [answer for answer in servers.speaking if _said(answer) in good]
    others = [answer for answer in servers.speaking if _said(answer) not in good]
    if others:
        return partial_mistake(wanted, holding, others)
    if servers.lame:
        return lame_mistake(servers.lame, zone_apex)
    return silent_mistake(wanted, servers.silent) if servers.silent else None


def holds(wanted: Wanted, answer: Answer, apex: str = "") -> bool:
    """True when this one answer has the wanted record, by its own words: nothing is asked.

    An SPF record that differs is not taken for it here.
    """
    if wanted.type != "TXT":
        return (
            bool(answer.records)
            and not _is_aliased_host(wanted, answer)
            and not host_mistake(wanted, answer.values, apex)
        )
    texts = counting(wanted, answer.values)
    return len(texts) == 1 and text_fault(wanted, texts[0]) is None


def _said(answer: Answer) -> tuple[frozenset[str], tuple[str, ...]]:
    return frozenset(answer.values), tuple(alias.value for alias in answer.aliases)


def _distinct(answers: Sequence[Answer]) -> list[Answer]:
    return list({_said(answer): answer for answer in reversed(answers)}.values())


async def _fault(wanted: Wanted, answer: Answer, apex: str, lookup: Lookup, addresses: Sequence[str]) -> Mistake | None:
    """What is wrong with what stands there; a record that does not stand there is `missing`, unexplained yet."""
    if not answer.records:
        return _missing(wanted)
    if _is_aliased_host(wanted, answer):
        return _alias_at_host(wanted, answer)
    if wanted.type != "TXT":
        return host_mistake(wanted, answer.values, apex)
    texts = counting(wanted, answer.values)
    if len(texts) == 1 and wanted.purpose in SPF_PURPOSES:
        found = await spf_mistake(wanted, texts[0], lookup, addresses)
        in_pieces = found is not None and found.cause in ("other_value", "truncated")
        return (_split(wanted, answer.values) if in_pieces else None) or found
    return _text_mistake(wanted, answer.values, texts)


def _text_mistake(wanted: Wanted, values: tuple[str, ...], texts: list[str]) -> Mistake | None:
    meant = texts or near(wanted, values) or (list(values) if wanted.purpose in OWN_NAME else [])
    faults = [text_fault(wanted, text) for text in meant]
    if len(texts) == 1 and faults == [None]:
        return None
    split = None if None in faults else _split(wanted, values)
    if split:
        return split
    if len(texts) > 1:
        sentence = f"{len(texts)} records of this kind stand at {wanted.name}; receivers then use none."
        if wanted.purpose == "dkim":  # RFC 6376 section 3.6.2.2
            sentence = f"{len(texts)} TXT records stand at {wanted.name}; receivers cannot tell which holds the key."
        return mistake("two_records", sentence, _only_one(wanted, len(texts), None in faults), texts)
    if not meant:
        return _missing(wanted)
    cause, sentence = faults[0] or ("other_value", "Another value stands there.")
    return mistake(cause, sentence, change_value(wanted), meant)


def _split(wanted: Wanted, values: tuple[str, ...]) -> Mistake | None:
    if len(values) < 2 or not is_split(wanted, values):
        return None
    first = f"Delete the {len(values)} TXT records at {wanted.name} and make one of them, in several strings."
    sentence = f"The value is split into {len(values)} records; it must be one record of several strings."
    return mistake("split_into_records", sentence, f"{first} {publish(wanted)}", values)


def _only_one(wanted: Wanted, count: int, good_one: bool) -> str:
    if good_one and count == 2:
        return f"Delete the other one, and keep the TXT record at {wanted.name} with this value: {wanted.value}"
    return f"Delete the {count} TXT records of this kind at {wanted.name}. {publish(wanted)}"


def _missing(wanted: Wanted) -> Mistake:
    return mistake("missing", none_there(wanted), publish(wanted))


async def _named(wanted: Wanted, faults: Sequence[tuple[Answer, Mistake | None]], apex: str, lookup: Lookup) -> Mistake:
    """The mistake of the first server that has anything; a record that no server has is looked for."""
    standing = [(answer, fault) for answer, fault in faults if fault and fault.cause != "missing"]
    if standing:
        answer, fault = standing[0]
        return await _wildcard(wanted, answer, apex, lookup) or fault
    answer = faults[0][0]
    alias = await _wildcard(wanted, answer, apex, lookup) if answer.aliases else None
    return alias or await missing_mistake(wanted, answer, apex, lookup)


async def _wildcard(wanted: Wanted, answer: Answer, apex: str, lookup: Lookup) -> Mistake | None:
    """The mistake when a name that nobody can have made gets the same answer (RFC 4592)."""
    above = parent(wanted.name)
    if wanted.name == apex or not above:
        return None
    probe = await lookup(nobodys_name(above), wanted.type)
    if not (probe.records or probe.aliases) or _said(probe) != _said(answer):
        return None
    sentence = f"Nothing stands at {wanted.name} itself; the wildcard *.{above} (or one above it) answers for it."
    found = answer.values or [f"CNAME {alias.value}" for alias in answer.aliases]
    return mistake("wildcard_answers", sentence, publish(wanted), found)


def _is_aliased_host(wanted: Wanted, answer: Answer) -> bool:
    """RFC 2181 section 10.3: the name of a mail server is no alias."""
    return wanted.type in ("A", "AAAA") and bool(answer.aliases)


def _alias_at_host(wanted: Wanted, answer: Answer) -> Mistake:
    found = [f"CNAME {alias.value}" for alias in answer.aliases]
    sentence = f"A CNAME record stands at {wanted.name}; the name of a mail server must have its address itself."
    fix = f"Delete the CNAME record at {wanted.name}. {publish(wanted)}"
    return mistake("wrong_type", sentence, fix, found)
