"""A record that is not there: looked for at the places where pages and people put it by mistake."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.mistakes_hosts import as_address, target_of
from mailwizard.dns.mistakes_kind import Mistake, a_record, mistake, none_there, publish, squeezed
from mailwizard.dns.mistakes_text import OWN_NAME, is_split, near
from mailwizard.dns.names import is_within, nobodys_name
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import listed

_OTHER_TYPES = {
    "TXT": ("SPF", "CNAME"),
    "MX": ("CNAME", "TXT"),
    "A": ("TXT", "MX"),
    "AAAA": ("TXT", "MX"),
    "CAA": ("TXT",),
}


async def missing_mistake(wanted: Wanted, answer: Answer, apex: str, lookup: Lookup) -> Mistake:
    """Why the record is missing, `answer` being what a name server said instead of it."""
    zone = zone_mistake(wanted, answer, apex)
    if zone:
        return zone
    if answer.aliases:
        return _alias(wanted, answer)
    doubled, lost, apex_answer, anything, others = await asyncio.gather(
        lookup(f"{wanted.name}.{apex}", wanted.type),
        _first_holding(wanted, _without_underscores(wanted.name), lookup),
        lookup(apex, wanted.type),
        lookup(nobodys_name(apex), wanted.type),
        asyncio.gather(*(lookup(wanted.name, kind) for kind in _OTHER_TYPES.get(wanted.type, ()))),
    )
    # what a wildcard says of any name is not the record at another place
    wild = set(anything.values)
    if holds_like(wanted, doubled) and set(doubled.values) != wild:
        return _doubled(wanted, doubled, apex)
    if lost and set(lost.values) != wild:
        sentence = f"The record stands at {lost.name}: the underscore is lost."
        return _moved(wanted, "underscore_lost", sentence, lost.values, f"Delete the record at {lost.name}.")
    wrong = next((other for other in others if _holds_in_type(wanted, other)), None)
    if wrong:
        return _wrong_type(wanted, wrong)
    if wanted.purpose in OWN_NAME and wanted.name != apex and holds_like(wanted, apex_answer):
        sentence = f"The record stands at {apex} and not at {wanted.name}."
        values = near(wanted, apex_answer.values)
        return _moved(wanted, "missing", sentence, values, f"Delete it at {apex}.")
    servers = f"The zone {apex} is served by {_who(answer)}: enter it there."
    return _moved(wanted, "missing", none_there(wanted), (), servers if answer.server else "")


def apex_from(wanted: Wanted, answers: Sequence[Answer]) -> str:
    """The zone's name when nobody found it out: the owner of a SOA in the answers, else the record's own domain."""
    owners = (record.name for answer in answers for record in answer.authority if record.type == "SOA")
    return next(owners, without_marks(wanted.name))


def zone_mistake(wanted: Wanted, answer: Answer, apex: str) -> Mistake | None:
    """The mistake when the answer comes from another zone than the one that the records are entered in."""
    owner = next((record.name for record in answer.authority if record.type == "SOA"), apex)
    if "." not in apex or (owner != apex and is_within(apex, owner)):
        sentence = f"No zone holds {wanted.name}: the zone above, {owner or 'the root'}, says that there is none."
        first = "Register the domain, or enter its name servers at your registrar, and make its zone there."
        return _moved(wanted, "wrong_zone", sentence, (), first)
    domain = without_marks(wanted.name)
    if owner != domain and is_within(owner, domain) and is_within(wanted.name, owner):
        return _child_zone(wanted, owner, f"{_who(answer)} answers for it")
    return None


def child_zone_mistake(wanted: Wanted, answers: Sequence[Answer], apex: str) -> Mistake | None:
    """The mistake when a server refers to a zone below `apex` that nobody asked yet (RFC 1034 section 4.2.1)."""
    referrals = [record for answer in answers if not answer.authoritative for record in answer.authority]
    for record in referrals:
        below = record.type == "NS" and record.name != apex and is_within(record.name, apex)
        if below and is_within(wanted.name, record.name):
            return _child_zone(wanted, record.name, f"it is delegated to {record.value}")
    return None


def holds_like(wanted: Wanted, answer: Answer) -> bool:
    """True when the answer has the wanted record, or what was meant to be it."""
    if wanted.type == "TXT":
        texts = near(wanted, answer.values)
        if wanted.purpose != "dkim":
            return bool(texts)
        key = squeezed(wanted.value).partition("p=")[2][:100]
        return any(key in squeezed(text) for text in texts) or is_split(wanted, answer.values)
    if wanted.type == "MX":
        return target_of(wanted.value) in map(target_of, answer.values)
    return wanted.value.lower() in {value.lower() for value in answer.values}


def _moved(wanted: Wanted, cause: str, sentence: str, found: Sequence[str], first: str) -> Mistake:
    return mistake(cause, sentence, f"{first} {publish(wanted)}".strip(), found)


def _child_zone(wanted: Wanted, zone: str, who: str) -> Mistake:
    sentence = f"{zone} is a zone of its own ({who}); the record is not in it."
    first = f"Enter the record in the zone {zone}, or delete the NS records of {zone} if you do not know that zone."
    return _moved(wanted, "wrong_zone", sentence, (), first)


def _alias(wanted: Wanted, answer: Answer) -> Mistake:
    target = answer.aliases[-1].value
    sentence = f"A CNAME record stands at {wanted.name}, and {target} has no such record."
    found = [f"CNAME {record.value}" for record in answer.aliases]
    return _moved(wanted, "wrong_type", sentence, found, f"Delete the CNAME record at {wanted.name}.")


def circle_mistake(wanted: Wanted, answer: Answer) -> Mistake:
    """The mistake when the aliases at the record's name lead back to themselves."""
    found = list(dict.fromkeys(f"CNAME {record.value}" for record in answer.aliases))
    sentence = f"The CNAME record at {wanted.name} leads in a circle: nobody finds a record there."
    return _moved(wanted, "wrong_type", sentence, found, f"Delete the CNAME record at {wanted.name}.")


def _doubled(wanted: Wanted, doubled: Answer, apex: str) -> Mistake:
    inside = wanted.name.removesuffix(apex).rstrip(".")
    name = f"“{inside}”" if inside else "“@” (or leave it empty)"
    return _moved(
        wanted,
        "name_doubled",
        f"The record stands at {doubled.name}: the page added {apex} to the name that you entered.",
        doubled.values,
        f"Delete the record at {doubled.name}; as its name, enter only {name}.",
    )


def _without_underscores(name: str) -> list[str]:
    """The names with one or all of their leading underscores lost."""
    labels = name.split(".")
    marked = [index for index, label in enumerate(labels) if label.startswith("_")]
    lost = [".".join(label.lstrip("_") for label in labels)] if marked else []
    for index in marked if len(marked) > 1 else ():
        lost.append(".".join([*labels[:index], labels[index].lstrip("_"), *labels[index + 1 :]]))
    return lost


def without_marks(name: str) -> str:
    """The domain or host that `mw1._domainkey.example.com` is about: what stands behind the last underscored label."""
    labels = name.split(".")
    marked = [index for index, label in enumerate(labels) if label.startswith("_")]
    return ".".join(labels[marked[-1] + 1 :]) if marked else name


async def _first_holding(wanted: Wanted, names: list[str], lookup: Lookup) -> Answer | None:
    answers = await asyncio.gather(*(lookup(name, wanted.type) for name in names))
    return next((answer for answer in answers if holds_like(wanted, answer)), None)


def _holds_in_type(wanted: Wanted, other: Answer) -> bool:
    if other.outcome is not Outcome.FOUND:
        return False
    if other.type == "CNAME" and wanted.type in ("MX", "TXT"):
        return bool(other.records)
    if wanted.type == "TXT":
        return bool(near(wanted, other.values))
    if wanted.type == "MX":
        goal = target_of(wanted.value)
        return any(goal in (value.strip(" .").lower(), target_of(value)) for value in other.values)
    ours = as_address(wanted.value)
    if ours is not None:
        return any(as_address(value.split(" ")[-1]) == ours for value in other.values)
    return squeezed(wanted.value) in map(squeezed, other.values)


def _wrong_type(wanted: Wanted, wrong: Answer) -> Mistake:
    sentence = f"At {wanted.name} stands {a_record(wrong.type)}; {a_record(wanted.type)} is needed."
    found = [f"{wrong.type} {value}" for value in wrong.values]
    return _moved(wanted, "wrong_type", sentence, found, f"Delete the {wrong.type} record at {wanted.name}.")


def _who(answer: Answer) -> str:
    return listed([answer.server.partition(" ")[0]]) or "a server"
