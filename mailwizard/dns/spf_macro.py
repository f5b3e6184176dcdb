"""SPF macros: what `%{i}`, `%{d2}` or `%{lr-}` stand for (RFC 7208, section 7)."""

from __future__ import annotations

import ipaddress
import re
import time
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MACRO = re.compile(r"%(?:[%_-]|\{([slodiphcrtv])([0-9]*)(r?)([.\-+,/_=]*)\})", re.IGNORECASE | re.ASCII)
_LITERAL = re.compile(r"[\x21-\x24\x26-\x7e]+")
_LITERAL_OR_SPACE = re.compile(r"[\x20-\x24\x26-\x7e]+")
_LABEL = re.compile(r"[0-9a-z](?:[0-9a-z-]*[0-9a-z])?", re.IGNORECASE | re.ASCII)
_ONLY_IN_EXPLANATIONS = frozenset("crt")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LONGEST_NAME = 253
_LONGEST_LABEL = 63


@dataclass(frozen=True)
class Message:
    """What the macros of one check are filled with (RFC 7208, section 7.2)."""

    address: Address
    sender: str  # the whole MAIL FROM, "postmaster@" before it when it had no local part
    helo: str
    domain: str  # whose record is being read: changes with include and redirect
    validated: str = "unknown"  # %{p}: a name of the address that leads back to it
    receiver: str = "unknown"

    def value(self, letter: str) -> str:
        """What the macro `letter` (lower case) stands for, before transformers."""
        local, _, sender_domain = self.sender.rpartition("@")
        plain = {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": self.domain,
            "p": self.validated,
            "h": self.helo,
            "r": self.receiver,
            "c": str(self.address),
            "v": "in-addr" if self.address.version == 4 else "ip6",
        }
        if letter == "i":
            return dotted(self.address)
        return str(int(time.time())) if letter == "t" else plain[letter]


def dotted(address: Address) -> str:
    """An IPv4 address as it is, an IPv6 address as 32 upper-case nibbles between dots (RFC 7208, section 7.3)."""
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", "").upper())


def fault_of_macros(text: str) -> str:
    """Why `text` is no macro-string, "" when it is one (RFC 7208, section 7.1)."""
    return _fault(text, _LITERAL, _ONLY_IN_EXPLANATIONS)


def fault_of_explanation(text: str) -> str:
    """Why `text` cannot be an explanation, "" when it can: spaces and `%{c}`, `%{r}`, `%{t}` are allowed in it."""
    return _fault(text, _LITERAL_OR_SPACE, frozenset())


def _fault(text: str, literal: re.Pattern[str], forbidden: frozenset[str]) -> str:
    at = 0
    while at < len(text):
        macro = _MACRO.match(text, at)
        if macro and (macro[1] or "").lower() in forbidden:
            return f"{macro[0]} may stand in explanations only"
        if macro and macro[2] and not int(macro[2][:9]):
            return f"{macro[0]} keeps no label at all"
        found = macro or literal.match(text, at)
        if not found:
            return f"{text[at : at + 5]!r} is no macro" if text[at] == "%" else f"{text[at]!r} may not stand here"
        at = found.end()
    return ""


def fault_of_domain(spec: str) -> str:
    """Why `spec` is no domain-spec, "" when it is: it ends in a macro or a top label (RFC 7208, section 7.1)."""
    if not spec:
        return "a domain name is missing"
    fault = fault_of_macros(spec)
    if fault or _has_top_label(spec):
        return fault
    last = list(_MACRO.finditer(spec))
    ends_in_macro = bool(last) and last[-1].end() == len(spec)
    return "" if ends_in_macro else f'"{spec}" is no full domain name'


def _has_top_label(spec: str) -> bool:
    """True when `spec` ends in a dot and a label with a letter or a hyphen in it (RFC 7208, section 7.1)."""
    _, dot, label = spec.removesuffix(".").rpartition(".")
    return bool(dot and _LABEL.fullmatch(label)) and not label.isdigit()


def letters(text: str) -> frozenset[str]:
    """The macro letters in `text`, lower case: `{"d", "i"}` of `%{i}.%{D2}`."""
    return frozenset(macro[1].lower() for macro in _MACRO.finditer(text) if macro[1])


def expand(text: str, message: Message) -> str:
    """`text` with its macros filled in. `text` has been seen to be without fault."""
    return _MACRO.sub(lambda macro: _filled(macro, message), text)


def expand_domain(spec: str, message: Message) -> str:
    """The name to ask for: macros filled in, no last dot, labels dropped on the left beyond 253 characters."""
    name = expand(spec, message).removesuffix(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def is_askable(name: str) -> bool:
    """True when a DNS question can carry `name`: labels of 1 to 63 ASCII characters, 253 in all (RFC 1035)."""
    fits = name.isascii() and len(name) <= _LONGEST_NAME and "\\" not in name  # a backslash would read as an escape
    return fits and all(0 < len(label) <= _LONGEST_LABEL for label in name.split("."))


def _filled(macro: re.Match[str], message: Message) -> str:
    letter, digits, reverse, delimiters = macro.groups()
    if letter is None:
        return {"%%": "%", "%_": " ", "%-": "%20"}[macro[0]]
    parts = re.split(f"[{re.escape(delimiters or '.')}]", message.value(letter.lower()))
    if reverse:
        parts.reverse()
    if digits:
        parts = parts[-min(int(digits[:9]), len(parts)) :]
    value = ".".join(parts)
    return _escaped(value) if letter.isupper() else value


def _escaped(value: str) -> str:
    return "".join(chr(b) if b in _UNRESERVED else f"%{b:02X}" for b in value.encode("utf-8", "surrogatepass"))
