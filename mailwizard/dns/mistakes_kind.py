"""What a mistake is, and the sentences that name records to the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.dns.wanted_record import Wanted
from mailwizard.finding import Status
from mailwizard.text import one_line

_TEXTS = ("SPF", "DKIM", "DMARC")
_ARTICLES = {"A": "an", "AAAA": "an", "MX": "an", "SPF": "an", "SRV": "an"}


@dataclass(frozen=True)
class Mistake:
    """Why a record is not as it should be: a cause of the contract, what is the matter, and the edit to make."""

    cause: str
    sentence: str
    fix: str
    found: tuple[str, ...] = ()
    value: str = ""  # what is to be published, where that is not the wanted value as it is

    @property
    def status(self) -> Status:
        """`UNKNOWN` where nobody answered: that is not the same as wrong. Anything else is `FAILED`."""
        return Status.UNKNOWN if self.cause == "no_answer" else Status.FAILED


def mistake(cause: str, sentence: str, fix: str, found: Sequence[str] = ()) -> Mistake:
    """A mistake, everything in it printable: sentences quote what stands in the DNS."""
    return Mistake(cause, one_line(sentence), one_line(fix), tuple(shown(value) for value in found))


def publish(wanted: Wanted) -> str:
    """`Publish a TXT record at NAME with the value VALUE`, the value last so that it can be copied."""
    return f"Publish {a_record(wanted.type)} at {wanted.name} with this value: {wanted.value}"


def none_there(wanted: Wanted) -> str:
    """`There is no SPF record at NAME.`: a TXT record by what it is for, as others may stand at the name."""
    kind = wanted.purpose.partition("_")[0].upper()
    return f"There is no {kind if kind in _TEXTS else wanted.type} record at {wanted.name}."


def change_value(wanted: Wanted) -> str:
    """`Change the value of the TXT record at NAME to: VALUE`."""
    return f"Change the value of the {wanted.type} record at {wanted.name} to: {wanted.value}"


def a_record(kind: str) -> str:
    """`a TXT record`, `an MX record`."""
    return f"{_ARTICLES.get(kind, 'a')} {kind} record"


def shown(value: str) -> str:
    """A record's value as it is shown: bytes above 0x7e read as UTF-8 where they are that, in one printable line."""
    return one_line(decoded(value))


def decoded(value: str) -> str:
    """The text that the user typed into the page, from `Record.value` with its latin-1 characters."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def squeezed(text: str) -> str:
    """`text` in lower case with what pages add or mangle taken out: quotes, backslashes, odd dashes, spaces."""
    return "".join(plain(text).split()).lower()


def plain(text: str) -> str:
    """`text` as it was meant: without quotes, backslashes and invisible signs, with plain dashes and spaces."""
    bare = re.sub("[“”„‟«»‘’‚‛'\"\\\\\u200b\ufeff]", "", decoded(text))
    return re.sub("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]", "-", bare).replace("\u00a0", " ")
