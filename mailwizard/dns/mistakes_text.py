"""TXT records compared with what was wanted: parsed, never as text. Each answer is about one string of text."""

from __future__ import annotations

import re
from itertools import permutations

from mailwizard.dns import dkim_record, dmarc_record
from mailwizard.dns.dkim import judge_against
from mailwizard.dns.dkim_tags import parse_tags
from mailwizard.dns.mistakes_kind import decoded, squeezed
from mailwizard.dns.spf_lint import same_meaning
from mailwizard.dns.spf_record import SpfRecord, SpfSyntaxError, is_spf, opening
from mailwizard.dns.spf_record import parse as parse_spf
from mailwizard.dns.wanted_record import MOST_BYTES, Wanted

SPF_PURPOSES = ("spf", "spf_host", "spf_include")
OWN_NAME = ("dkim", "dmarc", "mta_sts", "tls_rpt")  # nothing else is published at the names of these
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d“”„‟«»‘’‚‛\u00a0]")
_MOST_PIECES = 4

Fault = tuple[str, str]  # a cause, and the sentence for it


def counting(wanted: Wanted, texts: tuple[str, ...]) -> list[str]:
    """The texts that receivers take for a record of this purpose; the others at the name are none of their business."""
    return [text for text in texts if _counts(wanted.purpose, text)]


def near(wanted: Wanted, texts: tuple[str, ...]) -> list[str]:
    """The texts that were meant to be one: the version tag is there, if mangled."""
    version = {"spf": "v=spf", "dmarc": "v=dmarc", "mta_sts": "v=sts", "tls_rpt": "v=tlsrpt"}
    start = "v=spf" if wanted.purpose in SPF_PURPOSES else version.get(wanted.purpose, squeezed(wanted.value))
    if wanted.purpose == "dkim":
        return [text for text in texts if "p=" in squeezed(text)]
    return [text for text in texts if squeezed(text).startswith(start)]


def text_fault(wanted: Wanted, text: str) -> Fault | None:
    """What is wrong with `text`; None if it says what is wanted. SPF that only differs is `other_value` here."""
    said = _mangled(text) or _by_purpose(wanted, text)
    return _cut(wanted, text) or said if said and said[0] == "other_value" else said


def is_split(wanted: Wanted, texts: tuple[str, ...]) -> bool:
    """True when two to four of the texts, put together in some order, are the wanted value."""
    goal = squeezed(wanted.value)
    pieces = [squeezed(text) for text in texts if squeezed(text) and squeezed(text) in goal and squeezed(text) != goal]
    counts = range(2, min(len(pieces), _MOST_PIECES) + 1)
    return any("".join(some) == goal for count in counts for some in permutations(pieces[: 2 * _MOST_PIECES], count))


def same_spf(wanted: str, text: str) -> bool:
    """True when receivers treat both SPF records alike, however they are written."""
    one, other = read_spf(wanted), read_spf(text)
    return one is not None and other is not None and same_meaning(one, other)


def read_spf(text: str) -> SpfRecord | None:
    """The SPF record, None where it has a fault."""
    try:
        return parse_spf(text)
    except SpfSyntaxError:
        return None


def _counts(purpose: str, text: str) -> bool:
    if purpose in SPF_PURPOSES:
        return is_spf(text)
    if purpose == "dmarc":
        return dmarc_record.is_dmarc(text)
    if purpose == "dkim":
        return True  # RFC 6376 section 3.6.2.2: a second text at a selector's name, and nobody can tell what is taken
    version = {"mta_sts": "STSv1", "tls_rpt": "TLSRPTv1"}.get(purpose)
    return version is None or parse_tags(text).tags[:1] == (("v", version),)


def _mangled(text: str) -> Fault | None:
    if '"' in text or (text[:1] == "'" and text[-1:] == "'"):
        return "quotes_in_value", "The quotes were taken into the value; they belong to zone files only."
    if "\\" in text:
        return "backslash_in_value", "A backslash stands in the value; it belongs to zone files only."
    odd = _DASHES.search(decoded(text))
    if odd:
        return "typographic_dash", f"A word processor put “{odd.group()}” into the value, where a plain sign belongs."
    return None


def _cut(wanted: Wanted, text: str) -> Fault | None:
    begun = text.strip()
    if not begun or begun == wanted.value or not wanted.value.startswith(begun):
        return None
    if len(text) == MOST_BYTES:
        return "cut_at_255", "The value ends after 255 characters: the page took only one string of it."
    if wanted.value[len(begun)] in "; " and re.search("[; ]", begun):
        return None  # it ends where a tag or a term ends: somebody may have meant it so
    return "truncated", "The value breaks off: only its first part was published."


def _by_purpose(wanted: Wanted, text: str) -> Fault | None:
    if wanted.purpose in SPF_PURPOSES:
        return _spf(wanted, text)
    if wanted.purpose == "dkim":
        return _dkim(wanted, text)
    if wanted.purpose == "dmarc":
        return _dmarc(wanted, text)
    return _tags(wanted, text) if wanted.purpose in ("mta_sts", "tls_rpt") else _plain(wanted, text)


def _spf(wanted: Wanted, text: str) -> Fault | None:
    try:
        record = parse_spf(text)
    except SpfSyntaxError as error:
        return "other_value", f"The record is no valid SPF record: {error}."
    whole = opening(record)
    if whole:
        term = "+all" if whole[0] == "all" else whole[0]
        return "plus_all", f"The record says {term}: it allows the whole world to send as you."
    if same_spf(wanted.value, text):
        return None
    return "other_value", "Another SPF record stands there."


def _dkim(wanted: Wanted, text: str) -> Fault | None:
    ours = dkim_record.parse(wanted.value)
    verdict = judge_against(text, ours.key or b"", ours.key_type)
    return (verdict.cause, verdict.sentence) if verdict.cause else None


def _dmarc(wanted: Wanted, text: str) -> Fault | None:
    ours, theirs = dmarc_record.parse(wanted.value), dmarc_record.parse(text)
    if theirs is None:
        return "other_value", "What stands there is no DMARC record: it must start with v=DMARC1, in these letters."
    if ours is None:
        return _plain(wanted, text)
    differs = dmarc_record.effective_policy(ours) != dmarc_record.effective_policy(theirs)
    for wanted_uris, found_uris in ((ours.rua, theirs.rua), (ours.ruf, theirs.ruf)):
        lost = _lower(wanted_uris) - _lower(found_uris)
        if lost and not differs:
            return "other_value", f"The record sends no reports to {', '.join(sorted(lost))}."
    if differs:
        return "other_value", f"The record's policy is {theirs.policy}{' with t=y' if theirs.is_test else ''}."
    if ours.ruf and set(ours.fo) != set(theirs.fo):
        return "other_value", f"The record says fo={':'.join(theirs.fo)}."
    return None


def _lower(uris: tuple[str, ...]) -> set[str]:
    return {uri.lower() for uri in uris}


def _tags(wanted: Wanted, text: str) -> Fault | None:
    """MTA-STS: the same id (RFC 8461 section 3.1). TLS-RPT: at least the wanted addresses (RFC 8460 section 3)."""
    ours, theirs = parse_tags(wanted.value), parse_tags(text)
    for name, value in ours.tags:
        other = theirs.get(name)
        if name == "rua":
            lost = {uri.strip().lower() for uri in value.split(",")} - {
                u.strip().lower() for u in (other or "").split(",")
            }
            if lost:
                return "other_value", f"The record sends no reports to {', '.join(sorted(lost))}."
        elif other != value:
            return "other_value", f"The record has {name}={other}." if other else f"The record has no {name}."
    return None


def _plain(wanted: Wanted, text: str) -> Fault | None:
    return None if " ".join(text.split()) == wanted.value else ("other_value", "Another value stands there.")
