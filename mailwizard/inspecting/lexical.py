"""Header values cut into words, comments and semicolons (RFC 5322 section 3.2). Linear in time, and never fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """What a piece of a header value is."""

    WORD = "word"
    COMMENT = "comment"
    SEMICOLON = ";"


@dataclass(frozen=True)
class Token:
    """A piece of a header value; a comment without its outer parentheses, a word without its quotation marks."""

    kind: Kind
    text: str


def tokens(text: str) -> list[Token]:
    """The pieces of `text` in order.

    A quotation mark counts inside of comments as well, though RFC 5322 does not say so: receivers write a sender's
    address into their comments, and a quoted local part may hold a parenthesis.
    """
    return _Cutter(text).cut()


class _Cutter:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._word: list[str] | None = None
        self._found: list[Token] = []
        self._last_quote = text.rfind('"')

    def cut(self) -> list[Token]:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "(":
                self._end_word()
                self._found.append(Token(Kind.COMMENT, self._comment()))
            elif char == ";" or char.isspace():
                self._end_word()
                self._found += [Token(Kind.SEMICOLON, ";")] if char == ";" else []
                self._at += 1
            else:
                self._more(self._quoted() if char == '"' else self._plain())
        self._end_word()
        return self._found

    def _plain(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _quoted(self) -> str:
        """The quoted string here, unescaped; the mark alone when nothing ends it."""
        start, parts = self._at, list[str]()
        at = start + 1
        while at <= self._last_quote:
            char = self._text[at]
            if char == '"':
                self._at = at + 1
                return "".join(parts)
            if char == "\\" and at < self._last_quote:
                at += 1
            parts.append(self._text[at])
            at += 1
        self._last_quote = start  # none behind this one ends anything either
        self._at = start + 1
        return '"'

    def _comment(self) -> str:
        start, depth = self._at + 1, 0
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._quoted()
                continue
            self._at += 2 if char == "\\" else 1
            depth += (char == "(") - (char == ")")
            if not depth:
                return self._text[start : self._at - 1]
        return self._text[start:]

    def _more(self, text: str) -> None:
        self._word = self._word or []
        self._word.append(text)

    def _end_word(self) -> None:
        if self._word is not None:
            self._found.append(Token(Kind.WORD, "".join(self._word)))
        self._word = None


def words(text: str) -> str:
    """`text` without its comments, its words parted by one space."""
    return " ".join(token.text for token in tokens(text) if token.kind is not Kind.COMMENT)


def unquoted(text: str) -> str:
    """`text` without its quoted strings: a display name or a local part in quotation marks may hold anything."""
    kept, at, last = list[str](), 0, text.rfind('"')
    while at < len(text):
        end = _quote_end(text, at, last) if text[at] == '"' else at
        kept.append("" if end > at else text[at])
        last = last if end > at or text[at] != '"' else at  # none behind a mark that nothing ends ends anything
        at = max(end, at + 1)
    return "".join(kept)


def _quote_end(text: str, start: int, last: int) -> int:
    """Where the quoted string that starts here is over; `start` itself when nothing ends it."""
    at = start + 1
    while at <= last:
        if text[at] == '"':
            return at + 1
        at += 2 if text[at] == "\\" else 1
    return start
