"""Reading ufw's rules as `ufw status verbose` prints them (ufw(8)): what becomes of a stranger's new connection?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

DEFAULTS = "/etc/default/ufw"
_DEFAULT = re.compile(r"^Default: (\w+) \(incoming\)", re.MULTILINE)
# for TCP, to all of our addresses, from anywhere; in brackets behind the ports is the name of a profile (ufw app list)
_RULE = re.compile(
    r"^(?P<ports>Anywhere(?:/tcp)?|[\d,:]+(?:/tcp)?)(?: \((?:v6|[^()]+(?: \(v6\))?)\))?(?: on (?P<interface>\S+))? +"
    r"(?P<verdict>ALLOW|LIMIT|DENY|REJECT) IN +Anywhere(?:/tcp)?(?P<six> \(v6\))?(?: +\(log(?:-all)?\))?(?: +#.*)?$"
)
_IPV6 = re.compile(r"^\s*IPV6\s*=\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Rule:
    """One that a stranger's connection may meet. `interface` is "" for all of them."""

    ports: str
    interface: str
    opens: bool
    family: int

    def meets(self, port: int, family: int, interface: str) -> bool:
        return self.family == family and self.interface in ("", interface) and _names(self.ports, port)


def is_active(text: str) -> bool:
    """True for the status of a ufw that is switched on."""
    return "Status: active" in text


def shut_ports(text: str, ports: Sequence[int], family: int, interface: str) -> tuple[int, ...]:
    """Those of the ports that a stranger does not get through to on `interface`, over IPv4 or IPv6 (4, 6).

    The first rule that fits counts, else the default. A rule about one address of ours, or about a stranger's, is
    passed over.
    """
    default = _DEFAULT.search(text)
    by_default = bool(default and default[1] == "allow")
    rules = [rule for line in text.splitlines() if (rule := _read(line.rstrip()))]
    return tuple(
        port
        for port in ports
        if not next((rule.opens for rule in rules if rule.meets(port, family, interface)), by_default)
    )


def _read(line: str) -> _Rule | None:
    match = _RULE.match(line)
    if not match:
        return None
    opens = match["verdict"] in ("ALLOW", "LIMIT")
    return _Rule(match["ports"].removesuffix("/tcp"), match["interface"] or "", opens, 6 if match["six"] else 4)


def _names(ports: str, port: int) -> bool:
    """True when "25", "25,465", "1:1024" or "Anywhere" has the port."""
    ranges = [part.split(":") for part in ports.split(",")]
    return ports == "Anywhere" or any(int(part[0]) <= port <= int(part[-1]) for part in ranges if part[0] and part[-1])


def drops_ipv6(defaults: str) -> bool:
    """True when /etc/default/ufw says so: then ufw lets nothing in or out over IPv6, whatever its rules are."""
    said = _IPV6.findall(defaults)
    return bool(said) and said[-1].strip().strip("\"'").lower() != "yes"


def with_ipv6(defaults: str) -> str:
    """The same /etc/default/ufw with IPV6=yes."""
    return _IPV6.sub("IPV6=yes", defaults)
