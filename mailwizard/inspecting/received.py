"""Received headers read (RFC 5321 section 4.4): who took the message from whom, how, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from mailwizard.dns.spf_macro import Address
from mailwizard.inspecting.kinship import address_in
from mailwizard.inspecting.lexical import Kind, Token, tokens

_CLAUSES = ("from", "by", "via", "with", "id", "for")
_TLS = re.compile(r"TLS[ _v]*(1)(?:[._]?([0-3]))?(?![0-9])|(SSLv[23])", re.IGNORECASE)
_TLS_WORDS = re.compile(r"\btls\b|TLS_|cipher|\+TLS|\bSSL\b", re.IGNORECASE)
_SECURE = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP)SA?\b", re.IGNORECASE)  # RFC 3848, RFC 6531
_PLAIN = re.compile(r"(?:UTF8)?E?SMTPA?\Z|Microsoft\Z", re.IGNORECASE)
_ENVELOPE = re.compile(r"envelope.*", re.IGNORECASE)  # the sender's own words
_BRACKETED = re.compile(r"\[([^\[\]\s]{2,60})\]")
_DATE = re.compile(r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d{1,2}:\d\d(?::\d\d)?(?: [+-]\d{4}| [A-Z]{1,5})?")
_HELO = re.compile(r"\b(?:helo|ehlo)[= ]", re.IGNORECASE)


@dataclass(frozen=True)
class Hop:
    """One server that took the message. `tls` is "TLS 1.3", "TLS", "" for none, or None when it cannot be told."""

    index: int  # of the header in the message
    sender: str = ""  # as it called itself; empty for a server that took it from itself
    rdns: str = ""  # the name that `by` found for the sender's address
    address: Address | None = None
    by: str = ""
    protocol: str = ""
    tls: str | None = None
    at: datetime | None = None  # UTC


def read_received(text: str, index: int = 0) -> Hop:
    """What a Received header says. Never raises; what it does not say stays empty."""
    found = tokens(text)
    clauses = _clauses(found)
    sender, said = _first(clauses["from"]), _comments(clauses["from"])
    is_chasquid = "chasquid" in _comments(clauses["by"])
    protocol = " ".join(token.text for token in clauses["with"][:3] if token.kind is Kind.WORD)
    return Hop(
        index,
        sender.strip("[]") if address_in(sender) else sender,
        _rdns(said),
        _address(sender, said, is_chasquid),
        _first(clauses["by"]),
        protocol,
        _tls(protocol, _about_tls(clauses)),
        _date(found),
    )


def _clauses(found: Iterable[Token]) -> dict[str, list[Token]]:
    """The tokens behind each keyword, at its first use; under ";" what stands behind the semicolon."""
    clauses: dict[str, list[Token]] = {word: [] for word in (*_CLAUSES, ";", "")}
    current, left = clauses[""], set(_CLAUSES)
    for token in found:
        word = token.text.lower()
        if token.kind is Kind.SEMICOLON:
            current = clauses[";"]
        elif token.kind is Kind.WORD and word in left:
            left.remove(word)
            current = clauses[word]
        else:
            current.append(token)
    return clauses


def _first(clause: Iterable[Token]) -> str:
    return next((token.text for token in clause if token.kind is Kind.WORD), "")


def _comments(found: Iterable[Token]) -> list[str]:
    return [token.text for token in found if token.kind is Kind.COMMENT]


def _address(sender: str, said: list[str], is_chasquid: bool) -> Address | None:
    """The address that `by` saw, which stands in brackets or bare, in a comment or in the name's place."""
    own = address_in(sender)
    if own and (is_chasquid or (said and _HELO.match(said[0]))):  # the comment is what the sender calls itself
        return own
    seen = [_HELO.split(comment)[0] for comment in said[:5]]
    texts = [
        *(text for words in seen for text in _BRACKETED.findall(words)),
        *(w for words in seen for w in words.split()),
    ]
    return next((address for text in texts[:50] if (address := address_in(text))), own)


def _rdns(said: list[str]) -> str:
    """The name found for the address: `(mail.example.com [192.0.2.1])`."""
    words = said[0].split() if said and not _HELO.match(said[0]) and "forged" not in said[0] else []
    name = words[0].rpartition("@")[2].rstrip(".").lower() if words else ""
    is_name = "." in name and not set("=[:") & set(name) and not address_in(name)
    return name if is_name and len(words) > 1 else ""


def _about_tls(clauses: Mapping[str, list[Token]]) -> str:
    """All that the taking server wrote of the connection; not what the sender could choose: HELO, sender, receiver."""
    words = [token.text for token in (*clauses["by"][1:], *clauses["with"]) if token.kind is Kind.WORD]
    comments = [*_comments(clauses["from"])[1:], *_comments(clauses[""])]
    comments += [text for key in (*_CLAUSES[1:], ";") for text in _comments(clauses[key])]
    return " ".join([*words, *(_ENVELOPE.sub("", text) for text in comments)])


def _tls(protocol: str, text: str) -> str | None:
    version = _TLS.search(text)
    if version:
        return version[3] or f"TLS 1.{version[2] or 0}"
    if _TLS_WORDS.search(text) or _SECURE.match(protocol):
        return "TLS"
    return "" if _PLAIN.match(protocol.partition(" ")[0]) else None


def _date(found: list[Token]) -> datetime | None:
    """The time behind the semicolon, in UTC; None when it is none."""
    last = max((at for at, token in enumerate(found) if token.kind is Kind.SEMICOLON), default=-1)
    behind = " ".join(token.text for token in found[last + 1 :] if token.kind is Kind.WORD)
    stamp = _DATE.search(behind) or _DATE.search(" ".join(token.text for token in found if token.kind is Kind.WORD))
    return read_date(stamp[0]) if stamp else None


def read_date(text: str) -> datetime | None:
    """A time of RFC 5322 section 3.3 in UTC; None when it is none."""
    try:
        read = parsedate_to_datetime(text[:100])
        return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
