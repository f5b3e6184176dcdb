"""DNS messages on the wire (RFC 1035, 4; RFC 6891): a question out, an answer in. No input hangs or crashes it."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from mailwizard.dns.answer import Record
from mailwizard.dns.names import Malformed, from_wire, randomly_cased, to_wire
from mailwizard.dns.rdata import strings_of, type_code, type_name, value_of

UDP_SIZE = 1232  # the size that crosses every path unfragmented (DNS flag day 2020)
_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")
_EDNS = b"\0" + _FIXED.pack(41, UDP_SIZE, 0, 0)
_OPT, _IN, _SOA_TTL_LIMIT = 41, 1, 0x7FFFFFFF
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 8: "NXRRSET", 9: "NOTAUTH"}


@dataclass(frozen=True)
class Question:
    """A question ready to send. `packet` with EDNS, `plain` without, for servers that do not know it."""

    packet: bytes
    plain: bytes

    @property
    def section(self) -> bytes:
        """The question section: an answer repeats it byte by byte, letter case included."""
        return self.plain[12:]

    def renumbered(self) -> Question:
        """The same question with another id."""
        number = bytes((self.plain[0] ^ 0xFF, self.plain[1]))
        return Question(number + self.packet[2:], number + self.plain[2:])


@dataclass(frozen=True)
class Message:
    """What came back. `ede`: the server's own explanation (RFC 8914), "" without one."""

    flags: int
    rcode: int
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]
    ede: str = ""

    @property
    def authoritative(self) -> bool:
        """The AA bit."""
        return bool(self.flags & 0x0400)

    @property
    def truncated(self) -> bool:
        """The TC bit: ask again over TCP."""
        return bool(self.flags & 0x0200)

    @property
    def recursive(self) -> bool:
        """The RA bit."""
        return bool(self.flags & 0x0080)

    @property
    def status(self) -> str:
        """The response code in words, with the server's explanation."""
        word = "NOERROR" if not self.rcode else _RCODES.get(self.rcode, f"RCODE {self.rcode}")
        return f"{word} ({self.ede})" if self.ede else word


def question(name: str, type: str, *, recursive: bool) -> Question:
    """A question with a random id and random letter case; `recursive` is the RD bit.

    Raises NotAName, or ValueError for a type that does not exist.
    """
    wire = to_wire(name)
    noise = os.urandom(len(wire) + 2)
    body = randomly_cased(wire, noise[2:]) + struct.pack("!HH", type_code(type), _IN)
    flags = noise[:2] + (b"\1\0" if recursive else b"\0\0") + b"\0\1\0\0\0\0"
    return Question(flags + b"\0\1" + body + _EDNS, flags + b"\0\0" + body)


def decode(wire: bytes) -> Message:
    """The message in `wire`. Raises Malformed."""
    if len(wire) < 12:
        raise Malformed("shorter than a header")
    _, flags, questions, *counts = _HEADER.unpack_from(wire)
    if not flags & 0x8000:
        raise Malformed("not an answer")
    at = 12
    for _ in range(questions):
        at = from_wire(wire, at)[1] + 4
    sections: list[tuple[Record, ...]] = []
    for count in counts[:2]:
        records, at, _ = _section(wire, at, count)
        sections.append(records)
    extra, _, opt = _section(wire, at, counts[2])
    rcode = flags & 15 | (opt[0] >> 24 << 4)
    return Message(flags, rcode, sections[0], sections[1], extra, _explanation(opt[1]))


def _section(wire: bytes, at: int, count: int) -> tuple[tuple[Record, ...], int, tuple[int, bytes]]:
    """The records, where the next section begins, and the OPT record (its TTL field and data)."""
    records: list[Record] = []
    opt = (0, b"")
    for _ in range(count):
        name, at = from_wire(wire, at)
        if at + 10 > len(wire):
            raise Malformed("a record breaks off")
        code, klass, ttl, size = _FIXED.unpack_from(wire, at)
        at, end = at + 10, at + 10 + size
        if end > len(wire):
            raise Malformed("a record's data breaks off")
        if code == _OPT:
            opt = (ttl, wire[at:end])
        elif klass == _IN:
            ttl = ttl if ttl <= _SOA_TTL_LIMIT else 0  # RFC 2181, 8
            strings = strings_of(wire, at, end) if code in (16, 99) else ()
            records.append(Record(name, type_name(code), ttl, value_of(code, wire, at, end), strings))
        at = end
    return tuple(records), at, opt


def _explanation(options: bytes) -> str:
    """The text of the first extended DNS error (RFC 8914), "EDE n" where the server gave only a number."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from("!HH", options, at)
        data = options[at + 4 : at + 4 + size]
        if code == 15 and len(data) >= 2:
            return data[2:].decode("utf-8", "replace").rstrip("\0") or f"EDE {int.from_bytes(data[:2], 'big')}"
        at += 4 + size
    return ""
