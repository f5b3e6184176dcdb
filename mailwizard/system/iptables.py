"""Reading the rules of iptables as `iptables-save` prints them: what becomes of a stranger's new connection?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_SHUT = ("DROP", "REJECT")
# conditions that a stranger's new connection meets, with the number of words behind them; "-p" and ports are asked
_MET = {"-m": 1, "--comment": 1, "-d": 1, "--syn": 0, "--dst-type": 1, "--limit": 1, "--limit-burst": 1}
_STATES = ("--state", "--ctstate")
_PORTS = ("--dport", "--dports", "--destination-port", "--destination-ports")
_UNUSED = 60047  # a port that nobody opens by name: if it is open, nothing is kept shut


@dataclass(frozen=True)
class Rules:
    """The filter table: what INPUT does in the end, and the rules of each chain, word by word."""

    accepts: bool
    chains: dict[str, list[list[str]]]


def shut_ports(text: str, ports: Sequence[int]) -> tuple[int, ...] | None:
    """Those of the ports that a stranger does not get through to; None when the rules keep nothing shut."""
    rules = _read(text)
    if rules is None or _is_open(rules, _UNUSED):
        return None
    return tuple(port for port in ports if not _is_open(rules, port))


def _read(text: str) -> Rules | None:
    """None when there is no chain INPUT at all."""
    accepts, chains, table = None, dict[str, list[list[str]]](), "filter"
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table == "filter" and line.startswith(":"):
            name, _, policy = line[1:].partition(" ")
            chains.setdefault(name, [])
            accepts = policy.startswith("ACCEPT") if name == "INPUT" else accepts
        elif table == "filter" and line.startswith("-A "):
            name, *words = _words(line)[1:]
            chains.setdefault(name, []).append(words)
    return None if accepts is None else Rules(accepts, chains)


def _words(line: str) -> list[str]:
    """The words of a rule; a comment in quotes is one of them."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _is_open(rules: Rules, port: int) -> bool:
    verdict = _verdict(rules, "INPUT", port, ())
    return rules.accepts if verdict is None else verdict


def _verdict(rules: Rules, chain: str, port: int, above: tuple[str, ...]) -> bool | None:
    """What the first rule that decides says; None when none does, or the chain leads back to itself."""
    for words in rules.chains[chain] if chain not in above else ():
        conditions, target = _split(words)
        if not _meets(conditions, port):
            continue
        if target == "RETURN":
            return None
        if target == "ACCEPT" or target in _SHUT:
            return target == "ACCEPT"
        found = _verdict(rules, target, port, (*above, chain)) if target in rules.chains else None
        if found is not None:
            return found
    return None


def _split(words: list[str]) -> tuple[list[str], str]:
    """A rule's conditions and where it leads."""
    at = next((number for number, word in enumerate(words) if word in ("-j", "-g")), len(words))
    return words[:at], words[at + 1] if at + 1 < len(words) else ""


def _meets(conditions: list[str], port: int) -> bool:
    """True when a new TCP connection to `port`, from anywhere and from outside, meets all of them for certain."""
    words = iter(conditions)
    for word in words:
        if word in _MET:
            for _ in range(_MET[word]):
                next(words, "")
        elif not _met(word, next(words, ""), port):
            return False
    return True


def _met(name: str, value: str, port: int) -> bool:
    if name == "-p":
        return value in ("tcp", "all")
    if name == "-i":
        return value != "lo"
    if name in _STATES:
        return "NEW" in value.split(",")
    return name in _PORTS and _names(value, port)


def _names(value: str, port: int) -> bool:
    """True when "25", "25,465" or "1:1024" has the port."""
    ranges = [part.split(":") for part in value.split(",")]
    return any(int(part[0] or 0) <= port <= int(part[-1] or 65535) for part in ranges if (part[0] + part[-1]).isdigit())
