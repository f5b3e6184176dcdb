"""Broken SPF records read as far as they can be: what is plainly a slip of the pen is mended, the rest left out."""

from __future__ import annotations

import re

from mailwizard.dns.mistakes_kind import decoded, shown
from mailwizard.dns.spf_record import SpfSyntaxError, Term, parse_term

# as text, and as the bytes of UTF-8 that TXT records show as Latin-1
_DASHES = re.compile("[‐-―−]|â\x80[\x90-\x95]|â\x88\x92")
# where one term ends and the next begins, though no space stands between: no host name has a colon or a tilde in it
_SEAM = re.compile(r"(?<=[a-z0-9.])(?=[+?~-]?(?:include:|exists:|ip4:|ip6:|redirect=|exp=)|[+?~-]all\Z)", re.IGNORECASE)
_SPACES = re.compile("[\\s\u00a0]+")
_NAMES = {"ipv4": "ip4", "ip": "ip4", "ipv6": "ip6", "prt": "ptr", "all.": "all", "inlcude": "include"}
_NAME = re.compile(r"([+\-?~]?)([a-z0-9.]+)(.*)\Z", re.IGNORECASE | re.DOTALL)


def salvage(text: str) -> tuple[tuple[Term, ...], list[str]]:
    """The terms of the SPF record `text`, and a sentence for each one that was mended or had to be left out."""
    terms: list[Term] = []
    notes: list[str] = []
    for word in _words(text):
        term = _term(word)
        mended = term or _mended(word)
        if mended:
            terms.append(mended)
        if not mended:
            notes.append(
                f'"{shown(word)}" is left out: it is no SPF term, and receivers refuse the whole record for it.'
            )
        elif not term:
            notes.append(f'"{shown(word)}" becomes "{mended.text}": it was misspelt.')
    return tuple(terms), notes


def _words(text: str) -> list[str]:
    bare = _DASHES.sub("-", decoded(text)).replace('"', " ").replace("\\", "")
    tagged = re.sub(r"\A\W*v\s*=\s*spf1?[;,:.]*", "", bare, flags=re.IGNORECASE)
    return [term for word in _SPACES.split(tagged) if word for term in unglued(word)]


def unglued(word: str) -> list[str]:
    """The terms of `word`: several where a page joined two strings without the space that belonged between."""
    return [part for part in _SEAM.split(word) if part]


def _term(word: str) -> Term | None:
    try:
        return parse_term(word)
    except SpfSyntaxError:
        return None


def _mended(word: str) -> Term | None:
    plain = _DASHES.sub("-", word).rstrip(",;")
    parts = _NAME.match(plain)
    if parts:
        plain = f"{parts[1]}{_NAMES.get(parts[2].lower(), parts[2])}{parts[3]}"
    return _term(plain) or _term(f"ip4:{plain}") or _term(f"ip6:{plain}") or _address_as_name(plain)


def _address_as_name(plain: str) -> Term | None:
    """`a:192.0.2.1` stands for ip4:192.0.2.1."""
    qualifier, _, rest = plain.partition("a:")
    return _term(f"{qualifier}ip4:{rest}") if rest and len(qualifier) < 2 else None
