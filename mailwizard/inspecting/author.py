"""The domain in From, which DMARC is about (RFC 9989 section 4.3)."""

from __future__ import annotations

import re

from mailwizard.inspecting.lexical import words
from mailwizard.inspecting.message import Message

_DOMAIN = re.compile(r"@\s*([^\s@<>,;:\"()\[\]]+)")


def author_domains(message: Message) -> tuple[str, ...]:
    """The domains of all addresses in all From headers, lower case, each once; more than one is suspicious."""
    found = [domain for header in message.all("from") for domain in _domains(header.text)]
    return tuple(dict.fromkeys(found))


def _domains(text: str) -> list[str]:
    """The domains behind the @ of addresses; what stands in comments is none, nor is a name that looks like one."""
    bare = words(_without_quoted(text))
    inside = re.findall(r"<([^<>]*)>", bare)
    texts = inside or [bare]
    return [found[-1].lower().rstrip(".") for one in texts if (found := _DOMAIN.findall(one))]


def _without_quoted(text: str) -> str:
    """`text` without quoted strings: a display name or a local part may hold any address."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
