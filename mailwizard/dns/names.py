"""Domain names: text and wire form, parents, reverse names. Text: lower case, without the last dot; the root is ""."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from functools import lru_cache

MAX_NAME = 255  # RFC 1035, 3.1
_MAX_JUMPS = 128  # more compression pointers than a name has labels: nobody means well
_PLAIN = re.compile(rb"[a-z0-9_-]+").fullmatch
_SIMPLE = re.compile(r"[a-z0-9_.-]*").fullmatch
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
_LETTERS = bytes(0x20 if chr(byte).isalpha() and byte < 128 else 0 for byte in range(256))  # the bit of their case
_SPECIAL = b'".;\\@$()'  # what a zone file would read as something else
_LABELS = re.compile(r"((?:[^.\\]|\\.)*)(\.|$)", re.DOTALL)


class NotAName(ValueError):
    """A text that cannot be a domain name; `str()` says why."""


class Malformed(ValueError):
    """Bytes that are no DNS message, or break off in the middle."""


def normal(name: str) -> str:
    """`name` as answers have it: lower case (RFC 4343), A-labels, no last dot; what is no name only in lower case."""
    lower = name[:-1].lower() if name.endswith(".") and not name.endswith("\\.") else name.lower()
    if _SIMPLE(lower):
        return lower
    try:
        return from_wire(to_wire(name), 0)[0]
    except (NotAName, Malformed):
        return lower


@lru_cache(maxsize=1024)
def to_wire(name: str) -> bytes:
    """The uncompressed wire form (RFC 1035, 3.1); Unicode labels as A-labels. Raises NotAName."""
    wire = bytearray()
    bare = name[:-1] if name.endswith(".") and not name.endswith("\\.") else name
    for label in _split(bare):
        data = _label_bytes(label).lower()
        if not 0 < len(data) < 64:
            raise NotAName(f"{name}: a part of a name has 1 to 63 characters")
        wire += bytes((len(data),)) + data
    if len(wire) >= MAX_NAME:
        raise NotAName(f"{name}: a name has at most 253 characters")
    return bytes(wire) + b"\0"


def _split(name: str) -> list[str]:
    if "\\" not in name:
        return name.split(".") if name else []
    parts: list[str] = []
    for match in _LABELS.finditer(name):
        parts.append(match.group(1))
        if not match.group(2):
            return parts
    raise NotAName(f"{name}: ends with a backslash")


def _label_bytes(label: str) -> bytes:
    if not label.isascii():
        try:
            return label.encode("idna").lower()
        except UnicodeError as error:
            raise NotAName(f"{label}: is no international name ({error})") from error
    if "\\" not in label:
        return label.encode("ascii")
    if any(len(code) == 3 and int(code) > 255 for code in _ESCAPE.findall(label)):
        raise NotAName(f"{label}: \\DDD goes up to 255")
    text = _ESCAPE.sub(lambda match: chr(int(match[1])) if len(match[1]) == 3 else match[1], label)
    return text.encode("latin-1")


def from_wire(wire: bytes, at: int) -> tuple[str, int]:
    """The name at `at` and where the next field begins. Pointers go backwards only. Raises Malformed."""
    labels: list[str] = []
    after, limit, length, jumps, size = 0, at, 0, 0, len(wire)
    while at < size:
        count = wire[at]
        if not count:
            return ".".join(labels), after or at + 1
        if count < 64:
            length += count + 1
            if length >= MAX_NAME:
                raise Malformed("a name is too long")
            labels.append(_label_text(wire[at + 1 : at + 1 + count]))
            at += 1 + count
        else:
            if count < 192 or at + 1 >= size:
                raise Malformed("a name has a label of an unknown kind")
            after = after or at + 2
            target = (count & 0x3F) << 8 | wire[at + 1]
            jumps += 1
            if target >= limit or jumps > _MAX_JUMPS:  # each jump lands before the last one: no loop
                raise Malformed("a compression pointer does not point backwards")
            at = limit = target
    raise Malformed("a name breaks off")


@lru_cache(maxsize=2048)
def _label_text(label: bytes) -> str:
    label = label.lower()
    if _PLAIN(label):
        return label.decode("ascii")
    return "".join(
        f"\\{chr(byte)}" if byte in _SPECIAL else chr(byte) if 0x20 < byte < 0x7F else f"\\{byte:03}" for byte in label
    )


def randomly_cased(name: bytes, noise: bytes) -> bytes:
    """The wire name with the case of each letter taken from `noise` (as long): a forger has to guess it."""
    letters = int.from_bytes(name.translate(_LETTERS), "big")
    dice = int.from_bytes(noise[: len(name)], "big")
    return (int.from_bytes(name, "big") ^ (letters & dice)).to_bytes(len(name), "big")


def parent(name: str) -> str:
    """The name without its first label; "" for a top-level domain and for the root."""
    labels = _split(name)[1:]
    return ".".join(labels)


def ancestors(name: str) -> Iterator[str]:
    """`name`, its parent and so on; the root ("") last."""
    while name:
        yield name
        name = parent(name)
    yield ""


def nobodys_name(above: str) -> str:
    """A name right below `above` that nobody can have made: only a wildcard answers for it (RFC 4592)."""
    return f"mwz-{os.urandom(4).hex()}.{above}"


def is_within(name: str, zone: str) -> bool:
    """True when `name` is `zone` or lies below it."""
    return not zone or name == zone or name.endswith("." + zone)


def reverse_name(address: str) -> str:
    """The PTR name of an IPv4 or IPv6 address (RFC 1035, 3.5; RFC 3596, 2.5). Raises ValueError."""
    return ipaddress.ip_address(address).reverse_pointer
