"""The DKIM signatures that a message bears (RFC 6376 section 3.5)."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.dns.dkim_tags import parse_tags, without_space
from mailwizard.inspecting.message import Message

MOST = 10  # signatures that are read; a real message has one to four


@dataclass(frozen=True)
class Signature:
    """One DKIM-Signature header. `index` counts from the topmost one; names are in lower case."""

    index: int
    domain: str
    selector: str
    algorithm: str = "rsa-sha256"
    identity: str = ""  # i=
    signed: str = ""  # b=, without white space
    length: str = ""  # l=

    @property
    def key_name(self) -> str:
        """Where its key is published."""
        return f"{self.selector}._domainkey.{self.domain}"


def signatures(message: Message) -> list[Signature]:
    """The signatures, topmost first, ten at most."""
    return [_read(index, header.text) for index, header in enumerate(message.all("dkim-signature")[:MOST])]


def _read(index: int, text: str) -> Signature:
    tags = parse_tags(text)

    def get(name: str) -> str:
        return without_space(tags.get(name) or "")

    domain = get("d").lower().rstrip(".")
    return Signature(index, domain, get("s").lower(), get("a").lower(), get("i").lower(), get("b"), get("l"))
