"""What a name server said, in the few words that judging needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum


class Outcome(str, Enum):
    """How a question ended. `UNKNOWN` is a time-out, SERVFAIL, REFUSED, a broken answer, no socket: never "missing"."""

    FOUND = "found"
    NO_DATA = "no data"  # the name is there, this type is not (RFC 2308)
    NO_NAME = "no name"  # NXDOMAIN
    UNKNOWN = "unknown"


ENDLESS = "a chain of aliases without end"  # `why` of an answer whose CNAMEs lead in a circle


@dataclass(frozen=True)
class Record:
    """One resource record. Names are lower case without the last dot; `ttl` in seconds.

    `value` by type: A/AAAA the address; MX "10 mail.example.com"; TXT its strings joined (bytes above 0x7e as
    latin-1 characters), the strings themselves in `strings`; NS/CNAME/PTR the name; CAA `0 issue "ca.example"`;
    SOA "mname rname serial refresh retry expire minimum"; TLSA "3 1 1 hex"; anything else RFC 3597 text.
    """

    name: str
    type: str
    ttl: int
    value: str
    strings: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One server's answer to one question."""

    name: str
    type: str
    outcome: Outcome
    records: tuple[Record, ...] = ()  # of the asked type, at the end of any CNAME chain
    aliases: tuple[Record, ...] = ()  # the CNAMEs that led there
    authority: tuple[Record, ...] = ()  # SOA or NS of the authority section
    server: str = ""  # name and address of who was asked: "ns1.example.net (198.51.100.53)"
    authoritative: bool = False  # the AA bit
    recursive: bool = False  # the RA bit
    why: str = ""  # for UNKNOWN: "timed out", "SERVFAIL", "REFUSED", "too many open files", ...

    @property
    def values(self) -> tuple[str, ...]:
        """The records' values."""
        return tuple(record.value for record in self.records)

    @property
    def is_missing(self) -> bool:
        """True when the server said that there is no such record; a question without an answer is not that."""
        return self.outcome in (Outcome.NO_DATA, Outcome.NO_NAME)

    @property
    def negative_ttl(self) -> int | None:
        """For how many seconds a resolver remembers that there is nothing (RFC 2308: least of SOA TTL and minimum)."""
        for record in self.authority:
            if record.type == "SOA":
                return min(record.ttl, int(record.value.rsplit(" ", 1)[1]))
        return None


Lookup = Callable[[str, str], Awaitable[Answer]]
"""Asks for a name and a type ("example.com", "TXT"); CNAMEs are followed. It never raises: see `Outcome.UNKNOWN`."""

EveryServer = Callable[[str, str], Awaitable[list[Answer]]]
"""The same, asked of every authoritative server: an answer for each of their addresses."""
