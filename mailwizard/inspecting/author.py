"""The domain in From, which DMARC is about (RFC 9989 section 4.3)."""

from __future__ import annotations

import re

from mailwizard.inspecting.lexical import unquoted, words
from mailwizard.inspecting.message import Message

_DOMAIN = re.compile(r"@\s*([^\s@<>,;:\"()\[\]]+)")
_MOST = 10  # domains, and headers; a real message has one


def author_domains(message: Message) -> tuple[str, ...]:
    """The domains of all addresses in all From headers, lower case, each once; more than one is suspicious."""
    found = [domain for header in message.all("from")[:_MOST] for domain in _domains(header.text)]
    return tuple(dict.fromkeys(found))[:_MOST]


def _domains(text: str) -> list[str]:
    """The domains behind the @ of addresses; none that stands in a comment, or in a quoted name."""
    bare = words(unquoted(text))
    texts = re.findall(r"<([^<>]*)>", bare) or bare.split(",")
    return [found[-1].lower().rstrip(".") for one in texts if (found := _DOMAIN.findall(one))]
