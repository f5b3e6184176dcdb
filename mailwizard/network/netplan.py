"""Reading netplan's files: what IPv6 they have ready, and under which name they know an interface (netplan(5))."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.network.routes import reaches_outside

FOLDER = "/etc/netplan"
OWN_FILE = f"{FOLDER}/90-mailwizard.yaml"
_ADDRESS = re.compile(r"(?<![0-9A-Fa-f:.])([0-9A-Fa-f:]+:[0-9A-Fa-f:.]*)/([0-9]{1,3})(?![0-9])")
_GATEWAY = re.compile(r"\b(?:gateway6|via)\s*:\s*[\"']?([0-9A-Fa-f:]+:[0-9A-Fa-f:.]*)[\"']?\s*(?:[,}#]|$)")
_KEY = re.compile(r"""( *)(?:"([^"]+)"|'([^']+)'|([^\s"'#:-][^:]*)):(?:\s+(.*))?$""")


@dataclass(frozen=True)
class Ready:
    """IPv6 that a file of netplan has ready, active or as a comment. `where` is the file and the line."""

    address: str = ""
    prefix: int = 64
    gateway: str = ""
    where: str = ""


@dataclass(frozen=True)
class Known:
    """An interface as netplan knows it: `ethernets`, `eth0`; `link_local_off` when IPv6 is kept off it."""

    section: str
    id: str
    link_local_off: bool = False


async def files(host: Host) -> dict[str, str]:
    """The readable *.yaml files of /etc/netplan, by path; none where there is no netplan."""
    try:
        names = [name for name in await host.list(FOLDER) if name.endswith(".yaml")]
    except (FileMissing, FileUnreadable):
        return {}
    found: dict[str, str] = {}
    for name in names:
        try:
            found[f"{FOLDER}/{name}"] = await text_of(host, f"{FOLDER}/{name}")
        except FileUnreadable:
            continue  # 0600 and we are not root: the plan is made by root
    return found


def ready(texts: Mapping[str, str]) -> Ready:
    """The first IPv6 address and gateway in the files: active lines before comments, our own file last."""
    in_order = sorted(texts, key=lambda path: (path == OWN_FILE, path))
    lines = [(path, number, line) for path in in_order for number, line in enumerate(texts[path].splitlines(), 1)]
    lines.sort(key=lambda item: item[2].lstrip().startswith("#"))  # stable: the order of the files stays
    found = Ready(gateway=next(iter(_gateways(line for _, _, line in lines)), ""))
    for path, number, line in lines:
        for address, prefix in _addresses(line):
            return Ready(address, prefix, found.gateway, f"{path}, line {number}")
    return found


def _addresses(line: str) -> list[tuple[str, int]]:
    return [
        (str(ipaddress.IPv6Address(match[1])), int(match[2]))
        for match in _ADDRESS.finditer(line)
        if _is_ipv6(match[1]) and reaches_outside(match[1]) and 0 < int(match[2]) <= 128
    ]


def _gateways(lines: Iterable[str]) -> list[str]:
    return [str(ipaddress.IPv6Address(m[1])) for line in lines for m in _GATEWAY.finditer(line) if _is_ipv6(m[1])]


def _is_ipv6(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def configured(merged: str) -> set[str]:
    """The IPv6 addresses that are active in `netplan get`'s output, without their prefixes."""
    return {address for line in merged.splitlines() for address, _ in _addresses(line)}


def known(merged: str, interface: str, mac: str) -> Known | None:
    """Under which name netplan has the interface, from `netplan get`; None when it has it not at all."""
    values = _values(merged)
    for section, name in dict.fromkeys(path[1:3] for path in values if len(path) >= 3 and path[0] == "network"):
        facts = {path[3:]: value for path, value in values.items() if path[:3] == ("network", section, name)}
        if _is_it(facts, name, interface, mac):
            return Known(section, name, facts.get(("link-local",)) == "[]")
    return None


def _is_it(facts: Mapping[tuple[str, ...], str], name: str, interface: str, mac: str) -> bool:
    if ("set-name",) in facts:
        return facts["set-name",] == interface
    by_mac, by_name = facts.get(("match", "macaddress")), facts.get(("match", "name"))
    if by_mac:
        return by_mac.lower() == mac.lower()
    return fnmatchcase(interface, by_name) if by_name else name == interface


def _values(merged: str) -> dict[tuple[str, ...], str]:
    """The mappings of YAML as netplan prints it (one key a line, lists apart), by their path."""
    values: dict[tuple[str, ...], str] = {}
    above: list[tuple[int, str]] = []
    for line in merged.splitlines():
        match = _KEY.match(line)
        if not match:
            continue  # an item of a list
        indent = len(match[1])
        above = [item for item in above if item[0] < indent] + [(indent, match[2] or match[3] or match[4])]
        values[tuple(key for _, key in above)] = (match[5] or "").strip().strip("\"'")
    return values
