"""Tag lists as DKIM and DMARC records have them (RFC 6376 section 3.2): `v=DKIM1; k=rsa; p=...`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_SHOWN = 24  # characters of what should be a tag's name
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e \t\r\n]*\Z")


@dataclass(frozen=True)
class TagList:
    """The tags in their order, and what is wrong with the text (sentences without a full stop)."""

    tags: tuple[tuple[str, str], ...]
    faults: tuple[str, ...] = ()

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the first tag of that name (tag names are case-sensitive), else `default`."""
        return next((value for tag, value in self.tags if tag == name), default)

    @property
    def names(self) -> tuple[str, ...]:
        """The tags' names in order."""
        return tuple(name for name, _ in self.tags)


@lru_cache(maxsize=256)  # one record is judged, compared and remarked upon, each time from its text
def parse_tags(text: str) -> TagList:
    """The tags of `text`, white space around names and values dropped. Never raises: faults are told in the result."""
    tags: list[tuple[str, str]] = []
    faults: list[str] = []
    parts = text.split(";")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        name, equals, value = (piece.strip(" \t\r\n") for piece in part.partition("="))
        fault = _fault(name, equals, value, [tag for tag, _ in tags])
        if fault:
            faults.append(fault)
        if equals:
            tags.append((name, value))
    return TagList(tuple(tags), tuple(faults))


def without_space(value: str) -> str:
    """`value` without any white space, as base64 in a tag is to be read (RFC 6376 section 3.2, FWS)."""
    return "".join(value.split())


def colon_list(value: str | None) -> tuple[str, ...]:
    """The words of a colon-separated value, lower case; empty for None and for nothing but white space."""
    return tuple(word.strip().lower() for word in (value or "").split(":") if word.strip())


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."


def _fault(name: str, equals: str, value: str, before: list[str]) -> str:
    if not name and not equals:
        return "two semicolons stand together"
    if not equals:
        return f"“{_short(name)}” has no “=”"
    if not _NAME.match(name):
        return f"“{_short(name)}” cannot be the name of a tag"
    if name in before:
        return f"the tag {name} stands twice"
    if not _VALUE.match(value):
        return f"the tag {name} holds a character that may not stand there"
    return ""
