"""Reads the text form of protocol buffers, in which chasquid keeps its users and its queue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from mailwizard.errors import HostError

Value = Union[str, bytes, "Message"]  # a word or number as written; a quoted string's bytes; a message in braces


class BrokenFile(HostError):
    """A file that chasquid could not read either; the sentence says where and why."""


@dataclass(frozen=True)
class Message:
    """Fields in the file's order; a name may come several times."""

    fields: tuple[tuple[str, Value], ...] = ()

    def all(self, name: str) -> tuple[Value, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)

    def text(self, name: str) -> str:
        """The last value of a scalar field as text; empty when there is none (proto3's default)."""
        value = (self.all(name) or ("",))[-1]
        if isinstance(value, bytes):
            return value.decode("utf-8", "backslashreplace")
        return value if isinstance(value, str) else ""

    def data(self, name: str) -> bytes:
        """The last value of a quoted field; empty when there is none."""
        value = (self.all(name) or (b"",))[-1]
        return value if isinstance(value, bytes) else b""

    def messages(self, name: str) -> tuple[Message, ...]:
        """Every message of a field."""
        return tuple(value for value in self.all(name) if isinstance(value, Message))


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>[-+]?[A-Za-z0-9_.]+)|(?P<mark>[{}<>\[\]:;,])"""
)
_ESCAPE = re.compile(rb"""\\([0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)""", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_DEEPEST = 100


def parse(text: str) -> Message:
    """The message that `text` describes. Raises BrokenFile with the line and what is wrong there."""
    tokens = list(_tokens(text))
    message, rest = _fields(tokens, 0, "", 0)
    if rest != len(tokens):
        raise BrokenFile(f"line {tokens[rest].line}: {tokens[rest].text} closes nothing")
    return message


def _tokens(text: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise BrokenFile(f"line {line}: {text[place]!r} is out of place")
        if match.lastgroup != "space":
            yield _Token(match.lastgroup or "", match[0], line)
        line += match[0].count("\n")
        place = match.end()


def _fields(tokens: list[_Token], at: int, end: str, depth: int) -> tuple[Message, int]:
    """The fields from `at` to the closing mark; the place behind it."""
    if depth > _DEEPEST:
        raise BrokenFile(f"line {tokens[at - 1].line}: too many braces inside one another")
    fields: list[tuple[str, Value]] = []
    while at < len(tokens) and tokens[at].text not in ("}", ">"):
        name = tokens[at]
        if name.kind != "word":
            raise BrokenFile(f"line {name.line}: a field's name is expected in place of {name.text}")
        values, at = _values(tokens, at + 1, depth)
        fields += [(name.text, value) for value in values]
        if at < len(tokens) and tokens[at].text in (";", ","):
            at += 1
    if end and (at >= len(tokens) or tokens[at].text != end):
        raise BrokenFile(f"line {tokens[min(at, len(tokens) - 1)].line}: {end} is missing")
    return Message(tuple(fields)), at + 1 if end else at


def _values(tokens: list[_Token], at: int, depth: int) -> tuple[list[Value], int]:
    colon = at < len(tokens) and tokens[at].text == ":"
    at += colon
    if at < len(tokens) and tokens[at].text == "[":
        return _list(tokens, at + 1, depth)
    value, at = _value(tokens, at, colon, depth)
    return [value], at


def _list(tokens: list[_Token], at: int, depth: int) -> tuple[list[Value], int]:
    values: list[Value] = []
    while at < len(tokens) and tokens[at].text != "]":
        value, at = _value(tokens, at, True, depth)
        values.append(value)
        if at < len(tokens) and tokens[at].text == ",":
            at += 1
    if at >= len(tokens):
        raise BrokenFile(f"line {tokens[-1].line}: ] is missing")
    return values, at + 1


def _value(tokens: list[_Token], at: int, colon: bool, depth: int) -> tuple[Value, int]:
    if at >= len(tokens):
        raise BrokenFile(f"line {tokens[-1].line}: the file ends too early")
    token = tokens[at]
    if token.text in ("{", "<"):
        return _fields(tokens, at + 1, "}" if token.text == "{" else ">", depth + 1)
    if not colon or token.kind not in ("word", "string"):
        raise BrokenFile(f"line {token.line}: {'a value' if colon else 'a colon'} is expected in place of {token.text}")
    if token.kind == "word":
        return token.text, at + 1
    data = b""
    while at < len(tokens) and tokens[at].kind == "string":  # neighbours are joined
        data += _unquoted(tokens[at].text)
        at += 1
    return data, at


def _unquoted(text: str) -> bytes:
    return _ESCAPE.sub(_escape, text[1:-1].encode("utf-8", "surrogateescape"))


def _escape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1].isdigit():
        return bytes([int(code, 8) & 255]) if code[0] < 0x38 else code
    if len(code) > 1 and code[:1] in b"xX":
        return bytes([int(code[1:], 16)])
    if len(code) > 1:
        return chr(min(int(code[1:], 16), 0x10FFFF)).encode("utf-8", "replace")
    return _LETTERS.get(code, code)
