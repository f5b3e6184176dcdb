"""Authentication-Results read (RFC 8601), with what providers write that the RFC does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailwizard.inspecting.lexical import Kind, Token, tokens

_MOST = 100  # results of one header
_SAME = {"dkim_pass": "pass", "success": "pass", "hardfail": "fail", "permfail": "permerror", "tempfail": "temperror"}


@dataclass(frozen=True)
class Result:
    """`method=result` with its properties (`header.d`, `smtp.mailfrom`, ..., names in lower case)."""

    method: str
    verdict: str
    properties: Mapping[str, str]
    comment: str = ""

    def get(self, *names: str) -> str:
        """The first of these properties that says something."""
        return next((self.properties[name] for name in names if self.properties.get(name)), "")

    @property
    def domain(self) -> str:
        """The domain that the verdict is about, in lower case; empty when it is not said."""
        said = self.get("header.d", "header.i", "smtp.mailfrom", "smtp.mail", "smtp.helo", "header.from")
        return said.rpartition("@")[2].strip("<>.").lower()


@dataclass(frozen=True)
class Results:
    """One header. `server` is the authserv-id in lower case; empty where it is left out, as Outlook does."""

    server: str
    results: tuple[Result, ...] = ()


def read_results(text: str) -> Results:
    """What the value of an Authentication-Results header says. Never raises; what makes no sense is left out."""
    segments = _segments(tokens(text))
    head = _texts(segments[0])
    server = "" if not head or "=" in head[0] else head[0].lower().rstrip(".")
    found = [result for segment in segments[: _MOST + 1] if (result := _result(segment))]
    return Results(server, tuple(found))


def _segments(found: Sequence[Token]) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in found:
        if token.kind is Kind.SEMICOLON:
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _texts(segment: Sequence[Token]) -> list[str]:
    """The words; a pair that white space tore apart is one again."""
    joined: list[str] = []
    for token in segment:
        if token.kind is Kind.COMMENT:
            continue
        is_open = bool(joined) and joined[-1].count("=") == 1 and joined[-1].endswith("=")
        if joined and (is_open or token.text.startswith("=")):
            joined[-1] += token.text
        else:
            joined.append(token.text)
    return joined


def _result(segment: Sequence[Token]) -> Result | None:
    pairs = [text.partition("=") for text in _texts(segment) if "=" in text]
    if not pairs:
        return None
    method, _, verdict = pairs[0]
    verdict = verdict.lower()
    comment = " ".join(token.text for token in segment if token.kind is Kind.COMMENT)
    properties: dict[str, str] = {}
    for name, _, value in pairs[1:]:
        properties.setdefault(name.lower(), value)
    return Result(method.partition("/")[0].lower(), _SAME.get(verdict, verdict), properties, " ".join(comment.split()))
