"""A received message taken apart, however it was pasted: raw, only its headers, or with a page's table above them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from mailwizard.errors import UsageError

MOST_BYTES = 64 * 1024 * 1024  # what is read; no provider takes bigger messages
_MOST_HEADERS = 5000
_LONGEST = 65536  # characters of one header that are read
_HEADER = re.compile(rb"([A-Za-z][\x21-\x39\x3b-\x7e]{0,79})[ \t]*:")
_ADDRESS = re.compile(rb"<[^<>\s]{1,300}@")
_UNREADABLE = re.compile(rb"[^\s:]*[\x00-\x08\x0e-\x1f\x7f-\xff][^\s:]*[ \t]*:")
_UNINDENTED = re.compile(rb"\r\n(?![ \t])")
_EMPTY_HASHES = ("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
# what only a real message has: a page that shows one may put "From:" and "Subject:" above it
_TRACES = frozenset(
    b"received return-path delivered-to authentication-results dkim-signature received-spf x-received x-original-to"
    b" arc-seal arc-message-signature arc-authentication-results x-apparently-to x-google-smtp-source envelope-to"
    b" message-id mime-version x-gm-message-state x-atlas-received".split()
)


class NoMessage(UsageError):
    """What was given is no received message."""


@dataclass(frozen=True)
class Header:
    """One header field; `raw` is its value as it stands, each line ended by CRLF."""

    raw_name: bytes
    raw: bytes

    @cached_property
    def name(self) -> str:
        """Its name in lower case."""
        return self.raw_name.decode("ascii", "replace").lower()

    @cached_property
    def text(self) -> str:
        """Its value in one line (RFC 5322 section 2.2.3), bytes that are no UTF-8 escaped."""
        apart = _UNINDENTED.sub(
            b" ", self.raw[:_LONGEST]
        )  # what lost its indentation on the way is folded all the same
        unfolded = apart.replace(b"\r\n", b"").replace(b"\n", b"")
        return unfolded.decode("utf-8", "backslashreplace").strip()


@dataclass(frozen=True)
class Message:
    """The headers, topmost first. `body` (lines ended by CRLF) is None when it was not given, or not as it was sent."""

    headers: tuple[Header, ...]
    body: bytes | None = None

    def all(self, name: str) -> list[Header]:
        """The headers of this name (lower case)."""
        return [header for header in self.headers if header.name == name]

    def first(self, name: str) -> str:
        """The text of the topmost header of this name; empty when there is none."""
        return next((header.text for header in self.headers if header.name == name), "")


def read_message(data: bytes) -> Message:
    """The message in `data`. Raises NoMessage, with what to give instead."""
    whole = len(data) < MOST_BYTES
    data = _as_written(_as_bytes_of_text(data))
    start = _start(data)
    headers, end, is_spaced = _headers(data, start)
    if not headers:
        raise NoMessage("There is no message: give a file with its source, or paste all of “Show original”.")
    names = {header.name for header in headers}
    if {"spf", "dkim", "dmarc"} & names and "received" not in names:
        raise NoMessage("That is only the table at the top of “Show original”: paste everything below it as well.")
    body = None if is_spaced or not whole else _body(data[end:], headers)
    return Message(tuple(headers), body)


def _as_bytes_of_text(data: bytes) -> bytes:
    """UTF-8 without a mark at its start; what some editors save (UTF-16) is turned into it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    elif data[:400:2].strip(b"\0") == b"" != data[1:400:2]:
        data = data.decode("utf-16-be", "replace").encode("utf-8", "replace")
    elif data[1:400:2].strip(b"\0") == b"" != data[:400:2] and len(data) > 1:
        data = data.decode("utf-16-le", "replace").encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def _as_written(data: bytes) -> bytes:
    """The text of a page's source: its characters of HTML, where the message has none of its own, are put back."""
    if b"&lt;" not in data or _ADDRESS.search(data):
        return data
    for escaped, char in ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&#39;", b"'"), (b"&amp;", b"&")):
        data = data.replace(escaped, char)
    return data


def _line(data: bytes, start: int) -> tuple[bytes, int]:
    """The line at `start` without its end, and where the next one starts."""
    end = data.find(b"\n", start)
    line, after = (data[start:], len(data)) if end < 0 else (data[start:end], end + 1)
    return line.removesuffix(b"\r"), after


def _start(data: bytes) -> int:
    """Where the headers start: at the first run of header lines with one that only real messages have.

    Without such a run: at the first run of header lines at all.
    """
    at, run, fallback = 0, -1, -1
    while at < len(data):
        line, after = _line(data, at)
        found = _HEADER.match(line)
        if found:
            run = at if run < 0 else run
            fallback = run if fallback < 0 else fallback
            if found[1].lower() in _TRACES:
                return run
        elif not line[:1].isspace() or run < 0:
            run = -1
        at = after
    return max(fallback, 0)


def _headers(data: bytes, at: int) -> tuple[list[Header], int, bool]:
    """The headers, where the body starts, and whether blank lines stood between them (as some pages show them)."""
    found: list[tuple[bytes, list[bytes]]] = []
    is_spaced, has_author, is_indented = False, False, False
    while at < len(data) and len(found) < _MOST_HEADERS:
        line, after = _line(data, at)
        match = _HEADER.match(line)
        if not line:
            if has_author or not _header_follows(data, after):
                return _made(found), after, is_spaced
            is_spaced = True
        elif match and not line[:1].isspace():
            found.append((match[1], [line[match.end() :]]))
            has_author = has_author or match[1].lower() == b"from"
        elif found and not line[:1].isspace() and (is_indented or _UNREADABLE.match(line)):
            found.append((b"X-Unreadable", [line]))  # where others are indented, it goes on with none of them
        elif found:  # folded; or all indentation was lost on the way
            is_indented = is_indented or line[:1].isspace()
            found[-1][1].append(line)
        elif not line.startswith((b"From ", b">From ")):
            return [], at, False
        at = after
    return _made(found), at, is_spaced


def _header_follows(data: bytes, at: int) -> bool:
    """True when the next line that is not blank begins a header that only real messages have, or From."""
    while at < len(data):
        line, at = _line(data, at)
        if line.strip():
            found = _HEADER.match(line)
            return bool(found) and found is not None and found[1].lower() in _TRACES | {b"from"}
    return False


def _made(found: list[tuple[bytes, list[bytes]]]) -> list[Header]:
    return [Header(name, b"\r\n".join(lines) + b"\r\n") for name, lines in found]


def _body(rest: bytes, headers: list[Header]) -> bytes | None:
    """The body with CRLF; an empty one counts only where a signature says that the message had none."""
    if rest.strip():
        return re.sub(rb"\r?\n", b"\r\n", rest)
    signed = "".join(header.text for header in headers if header.name == "dkim-signature")
    return b"" if any(digest in "".join(signed.split()) for digest in _EMPTY_HASHES) else None
