"""SPF records read: terms, qualifiers, modifiers (RFC 7208, sections 4.5, 4.6, 5, 6 and 12)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from mailwizard.dns.answer import Answer
from mailwizard.dns.spf_macro import fault_of_domain, fault_of_macros

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})  # each costs one of the ten look-ups
_DIRECTIVE = re.compile(r"([+\-?~]?)([a-z0-9]+)(?=[:/]|\Z)(.*)\Z", re.IGNORECASE | re.ASCII | re.DOTALL)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.\-]*)=(.*)\Z", re.IGNORECASE | re.ASCII | re.DOTALL)
_PREFIXES = re.compile(r"(.*?)(?:/([0-9]{1,9}))?(?://([0-9]{1,9}))?\Z", re.DOTALL)
_VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE | re.ASCII)


class SpfSyntaxError(ValueError):
    """The record is none: `position` counts characters from 0, `reason` is half a sentence for people."""

    def __init__(self, reason: str, position: int = 0, term: str = "") -> None:
        super().__init__(f'{reason} (in "{term}")' if term else reason)
        self.reason = reason
        self.position = position
        self.term = term


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: `-ip4:192.0.2.0/24` is qualifier "-", name "ip4", network 192.0.2.0/24."""

    qualifier: str  # one of + - ? ~
    name: str  # lower case
    domain: str = ""  # the domain-spec as written, macros and all; "" for the record's own domain
    network: Network | None = None  # of ip4 and ip6
    prefix4: int = 32  # of a and mx
    prefix6: int = 128
    host_bits: bool = False  # ip4:10.1.2.3/8: more bits are written than the prefix keeps

    @property
    def text(self) -> str:
        """The mechanism in its shortest form; a qualifier of "+" is left out."""
        domain = f":{self.network}" if self.network else f":{self.domain}" if self.domain else ""
        four = f"/{self.prefix4}" if self.prefix4 != 32 else ""
        six = f"//{self.prefix6}" if self.prefix6 != 128 else ""
        if self.network and self.network.prefixlen == self.network.max_prefixlen:
            domain = f":{self.network.network_address}"
        return f"{self.qualifier.replace('+', '')}{self.name}{domain}{four}{six}"

    @property
    def key(self) -> tuple[str, str, Network | None, int, int]:
        """What it matches, in a form that can be compared; the qualifier is no part of it."""
        return self.name, self.domain.lower().rstrip("."), self.network, self.prefix4, self.prefix6


@dataclass(frozen=True)
class Modifier:
    """One modifier: `redirect=_spf.example.com`."""

    name: str  # lower case
    value: str

    @property
    def text(self) -> str:
        """The modifier as it is written."""
        return f"{self.name}={self.value}"


Term = Mechanism | Modifier


@dataclass(frozen=True)
class SpfRecord:
    """A record without a syntax error, its terms in order."""

    terms: tuple[Term, ...]

    @cached_property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """The mechanisms, in order, those behind `all` too."""
        return tuple(term for term in self.terms if isinstance(term, Mechanism))

    @cached_property
    def modifiers(self) -> tuple[Modifier, ...]:
        """The modifiers, in order."""
        return tuple(term for term in self.terms if isinstance(term, Modifier))

    @cached_property
    def live(self) -> tuple[Mechanism, ...]:
        """The mechanisms that are looked at: up to and with the first `all` (RFC 7208, section 5.1)."""
        names = [mechanism.name for mechanism in self.mechanisms]
        return self.mechanisms[: names.index("all") + 1] if "all" in names else self.mechanisms

    @property
    def all(self) -> str:
        """The qualifier of `all`, "" without one."""
        return next((mechanism.qualifier for mechanism in self.mechanisms if mechanism.name == "all"), "")

    @property
    def redirect(self) -> str:
        """The domain-spec of the redirect, "" without one or when `all` hides it (RFC 7208, section 6.1)."""
        return "" if self.all else self.modifier("redirect")

    def modifier(self, name: str) -> str:
        """The value of the modifier `name`, "" without one."""
        return next((modifier.value for modifier in self.modifiers if modifier.name == name), "")

    @property
    def text(self) -> str:
        """The record to publish."""
        return " ".join(["v=spf1", *(term.text for term in self.terms)])


def opening(record: SpfRecord) -> tuple[str, ...]:
    """The terms that let the whole world send: `all`, and networks that hold every address."""
    whole = (term for term in record.live if term.name == "all" or (term.network and not term.network.prefixlen))
    return tuple(term.text for term in whole if term.qualifier == "+")


def is_spf(text: str) -> bool:
    """True when a TXT value is an SPF record: `v=spf1`, any case, then a space or nothing (RFC 7208, section 4.5)."""
    return bool(_VERSION.match(text))


def spf_records(answer: Answer) -> list[str]:
    """The SPF records among the TXT records of `answer`."""
    return [value for value in answer.values if is_spf(value)]


@lru_cache(maxsize=256)  # one record is judged, counted and evaluated, each time from its text
def parse(text: str) -> SpfRecord:
    """The record that `text` is. Raises SpfSyntaxError at the first fault, wherever it stands (RFC 7208, 4.6)."""
    if not is_spf(text):
        raise SpfSyntaxError("it does not begin with v=spf1")
    terms: list[Term] = []
    for word in re.finditer("[^ ]+", text[len("v=spf1") :]):
        term = parse_term(word.group(), word.start() + len("v=spf1"))
        if isinstance(term, Modifier) and term.name in ("redirect", "exp") and _has(terms, term.name):
            raise SpfSyntaxError(f"{term.name} stands twice", word.start() + len("v=spf1"), word.group())
        terms.append(term)
    return SpfRecord(tuple(terms))


def _has(terms: list[Term], modifier: str) -> bool:
    return any(isinstance(term, Modifier) and term.name == modifier for term in terms)


def parse_term(word: str, position: int = 0) -> Term:
    """The term that `word` is. Raises SpfSyntaxError; `position` is where the word stands in the record."""
    reason = ""
    modifier = _MODIFIER.match(word)
    if modifier:
        name, value = modifier[1].lower(), modifier[2]
        reason = fault_of_domain(value) if name in ("redirect", "exp") else fault_of_macros(value)
        if not reason:
            return Modifier(name, value)
        raise SpfSyntaxError(reason, position, word)
    directive = _DIRECTIVE.match(word)
    if not directive or directive[2].lower() not in _READERS:
        raise SpfSyntaxError("there is no such term", position, word)
    name = directive[2].lower()
    try:
        return _READERS[name](directive[1] or "+", name, directive[3])
    except ValueError as error:
        raise SpfSyntaxError(str(error), position, word) from None


def _bare(qualifier: str, name: str, rest: str) -> Mechanism:
    if rest:
        raise ValueError(f"nothing may stand behind {name}")
    return Mechanism(qualifier, name)


def _named(qualifier: str, name: str, rest: str) -> Mechanism:
    """Include and exists must name a domain; ptr may."""
    if not rest and name == "ptr":
        return Mechanism(qualifier, name)
    return Mechanism(qualifier, name, _domain(rest))


def _hosts(qualifier: str, name: str, rest: str) -> Mechanism:
    spec, four, six = _split(rest)
    prefix4, prefix6 = _prefix(four, 32), _prefix(six, 128)
    return Mechanism(qualifier, name, _domain(spec) if spec else "", None, prefix4, prefix6)


def _network(qualifier: str, name: str, rest: str) -> Mechanism:
    spec, length, second = _split(rest)
    if not spec.startswith(":") or second:
        raise ValueError(f"{name} needs one address and at most one prefix length")
    found = _address(name, spec[1:])
    prefix = _prefix(length, found.max_prefixlen)
    network = ipaddress.ip_network(f"{found}/{prefix}", strict=False)
    return Mechanism(qualifier, name, network=network, host_bits=network.network_address != found)


def _address(name: str, text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        if name == "ip4":
            return ipaddress.IPv4Address(text)
        if "%" not in text:  # Python reads scope ids as well
            return ipaddress.IPv6Address(text)
    except ipaddress.AddressValueError:
        pass
    raise ValueError(f'"{text}" is no {"IPv4" if name == "ip4" else "IPv6"} address')


def _split(rest: str) -> tuple[str, str, str]:
    """What stands behind a name, parted: `:spec`, the digits behind `/`, the digits behind `//`."""
    parts = _PREFIXES.match(rest)
    return (parts[1], parts[2] or "", parts[3] or "") if parts else (rest, "", "")


def _domain(rest: str) -> str:
    fault = fault_of_domain(rest[1:]) if rest.startswith(":") else "a domain name is missing"
    if fault:
        raise ValueError(fault)
    return rest[1:]


def _prefix(digits: str, longest: int) -> int:
    if not digits:
        return longest
    if int(digits) > longest or (digits[0] == "0" and digits != "0"):
        raise ValueError(f"/{digits} is no prefix length from 0 to {longest}")
    return int(digits)


_READERS = {
    "all": _bare,
    "include": _named,
    "exists": _named,
    "ptr": _named,
    "a": _hosts,
    "mx": _hosts,
    "ip4": _network,
    "ip6": _network,
}
