"""The data of one resource record, from the wire to the text that `Record.value` promises."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Callable

from mailwizard.dns.names import Malformed, from_wire

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "NAPTR": 35, "DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50,
    "TLSA": 52, "SMIMEA": 53, "CDS": 59, "OPENPGPKEY": 61, "SVCB": 64, "HTTPS": 65, "SPF": 99, "ANY": 255, "CAA": 257,
}  # fmt: skip
NAMES = {code: name for name, code in TYPES.items()}


def type_code(name: str) -> int:
    """The number of a record type; `TYPE64` works for all of them (RFC 3597). Raises ValueError."""
    code = TYPES.get(name) or TYPES.get(name.upper())
    if code is not None:
        return code
    digits = name.upper().removeprefix("TYPE")
    if not (digits.isascii() and digits.isdigit() and int(digits) < 65536):
        raise ValueError(f"{name} is no type of DNS record")
    return int(digits)


def type_name(code: int) -> str:
    """The mnemonic of a record type, `TYPE` and its number for one that is not known here."""
    return NAMES.get(code) or f"TYPE{code}"


def strings_of(wire: bytes, at: int, end: int) -> tuple[bytes, ...]:
    """The character-strings of a TXT record (RFC 1035, 3.3.14): at least one. Raises Malformed."""
    found = []
    while at < end:
        count = wire[at]
        if at + 1 + count > end:
            raise Malformed("a TXT string breaks off")
        found.append(wire[at + 1 : at + 1 + count])
        at += 1 + count
    if not found:
        raise Malformed("a TXT record without a string")
    return tuple(found)


def value_of(code: int, wire: bytes, at: int, end: int) -> str:
    """The text of the data in `wire[at:end]`. Raises Malformed."""
    reader = _READERS.get(code)
    if reader is None:
        data = wire[at:end]
        return f"\\# {len(data)} {data.hex()}" if data else "\\# 0"
    try:
        value, after = reader(wire, at, end)
    except (struct.error, IndexError) as error:
        raise Malformed(f"a {type_name(code)} record breaks off") from error
    if after != end:
        raise Malformed(f"a {type_name(code)} record of the wrong length")
    return value


def _a(wire: bytes, at: int, end: int) -> tuple[str, int]:
    return (socket.inet_ntoa(wire[at:end]), end) if end - at == 4 else ("", -1)


def _aaaa(wire: bytes, at: int, end: int) -> tuple[str, int]:
    return (str(ipaddress.IPv6Address(wire[at:end])), end) if end - at == 16 else ("", -1)


def _name(wire: bytes, at: int, end: int) -> tuple[str, int]:
    name, at = from_wire(wire, at)
    return name or ".", at


def _mx(wire: bytes, at: int, end: int) -> tuple[str, int]:
    (preference,) = struct.unpack_from("!H", wire, at)
    name, at = from_wire(wire, at + 2)
    return f"{preference} {name or '.'}", at  # "0 ." is the null MX (RFC 7505)


def _srv(wire: bytes, at: int, end: int) -> tuple[str, int]:
    priority, weight, port = struct.unpack_from("!HHH", wire, at)
    name, at = from_wire(wire, at + 6)
    return f"{priority} {weight} {port} {name or '.'}", at


def _soa(wire: bytes, at: int, end: int) -> tuple[str, int]:
    mname, at = from_wire(wire, at)
    rname, at = from_wire(wire, at)
    numbers = struct.unpack_from("!IIIII", wire, at)
    return " ".join((mname or ".", rname or ".", *map(str, numbers))), at + 20


def _caa(wire: bytes, at: int, end: int) -> tuple[str, int]:
    flags, count = wire[at], wire[at + 1]
    value_at = at + 2 + count
    if not count or value_at > end:
        raise Malformed("a CAA record breaks off")
    tag = wire[at + 2 : value_at].decode("latin-1").lower()
    value = wire[value_at:end].decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
    return f'{flags} {tag} "{value}"', end


def _tlsa(wire: bytes, at: int, end: int) -> tuple[str, int]:
    if end - at < 3:
        raise Malformed("a TLSA record breaks off")
    return f"{wire[at]} {wire[at + 1]} {wire[at + 2]} {wire[at + 3 : end].hex()}", end


def _txt(wire: bytes, at: int, end: int) -> tuple[str, int]:
    return b"".join(strings_of(wire, at, end)).decode("latin-1"), end


_READERS: dict[int, Callable[[bytes, int, int], tuple[str, int]]] = {
    1: _a, 2: _name, 5: _name, 6: _soa, 12: _name, 15: _mx, 16: _txt, 28: _aaaa, 33: _srv, 39: _name, 52: _tlsa,
    53: _tlsa, 99: _txt, 257: _caa,
}  # fmt: skip
