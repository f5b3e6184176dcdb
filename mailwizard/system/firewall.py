"""The machine's own firewall: does it let mail in? A firewall of the hosting company cannot be seen from here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.system import firewalld, iptables, nftables
from mailwizard.system.holders import MAIL_PORTS
from mailwizard.text import listed

_UFW_RULE = re.compile(
    r"^(Anywhere|[\d,:]+)(?:/tcp)?\s+(ALLOW|LIMIT|DENY|REJECT)(?: IN)?\s+Anywhere(?! \(v6\))", re.MULTILINE
)


@dataclass(frozen=True)
class Firewall:
    """The one that decides. `program` is "" for none; `shut` are the mail ports it keeps shut; `why` it is unknown;
    `zone` of firewalld."""

    program: str = ""
    shut: tuple[int, ...] = ()
    why: str = ""
    zone: str = ""


async def look(host: Host) -> Firewall:
    """Which firewall is active and what it lets in: ufw, firewalld, nftables, iptables, in this order."""
    for ask in (_ufw, _firewalld, _nftables, _iptables):
        found = await ask(host)
        if found:
            return found
    return Firewall()


async def _ufw(host: Host) -> Firewall | None:
    ran = await host.run(("ufw", "status"), timeout=20)
    if ran.code == 127:
        return None
    if not ran.ok:
        return Firewall("ufw", why="only root can ask it") if "root" in ran.err + ran.out else None
    return Firewall("ufw", shut(_let_in(_UFW_RULE.findall(ran.out)))) if "Status: active" in ran.out else None


def _let_in(rules: list[tuple[str, str]]) -> list[str]:
    """The ports that ufw's rules let in: of the rules that name a port, the first one counts."""
    ranges = [(rule.replace("Anywhere", "1:65535"), verdict) for rule, verdict in rules]
    first = {port: next((it for rule, it in ranges if port not in shut([rule])), "DENY") for port in MAIL_PORTS}
    return [str(port) for port, verdict in first.items() if verdict in ("ALLOW", "LIMIT")]


async def _firewalld(host: Host) -> Firewall | None:
    zone = await firewalld.zone_outside(host)
    if zone is None:
        return None
    return Firewall("firewalld", () if zone.why else shut([*zone.ports]), zone.why, zone.name)


async def _nftables(host: Host) -> Firewall | None:
    ran = await host.run(("nft", "-j", "list", "ruleset"), timeout=20)
    if ran.code == 127:
        return None
    if not ran.ok:
        return Firewall("nftables", why="only root can ask it" if not host.is_root else ran.err.strip())
    verdict = nftables.judged(ran.out, MAIL_PORTS)
    if verdict is None:
        return Firewall("nftables", why="its rules are not to be understood here")
    return Firewall("nftables", verdict.shut, "its rules use maps" if verdict.unsure else "") if verdict.drops else None


async def _iptables(host: Host) -> Firewall | None:
    ran = await host.run(("iptables-save",), timeout=20)
    if ran.code == 127:
        return None
    if not ran.ok:
        return Firewall("iptables", why="only root can ask it" if not host.is_root else ran.err.strip())
    closed = iptables.shut_ports(ran.out, MAIL_PORTS)
    return Firewall("iptables", closed) if closed is not None else None


def shut(rules: list[str]) -> tuple[int, ...]:
    """The mail ports that none of the rules names; a rule is "25", "25,465" or "1:1024"."""
    parts = [part.split(":") for rule in rules for part in rule.split(",") if part]
    ranges = [(int(part[0]), int(part[-1])) for part in parts if part[0] and part[-1]]
    return tuple(port for port in MAIL_PORTS if not any(low <= port <= high for low, high in ranges))


def finding(firewall: Firewall) -> Finding:
    """`os.firewall`."""
    expected, title = f"{listed([str(port) for port in MAIL_PORTS])} let in", "Firewall of this server"
    source = firewall.program or "ufw, firewalld, nft, iptables"
    if firewall.why:
        return Finding("os.firewall", Status.UNKNOWN, title, "", expected, (firewall.why,), source, "no_answer")
    if not firewall.shut:
        found = f"{firewall.program} lets them in" if firewall.program else "none is active"
        return Finding("os.firewall", Status.OK, title, "", expected, (found,), source)
    found = f"{firewall.program} keeps {listed([str(port) for port in firewall.shut])} shut"
    return Finding("os.firewall", Status.FAILED, title, "", expected, (found,), source, "shut", _fix(firewall))


def _fix(firewall: Firewall) -> str:
    if firewall.program == "ufw":
        return ""  # planned
    ways = {
        "firewalld": f"firewall-cmd --permanent --zone={firewall.zone} --add-port={{25,465,587}}/tcp && "
        "firewall-cmd --reload",
        "nftables": "add `tcp dport { 25, 465, 587 } accept` to the input chain in /etc/nftables.conf, "
        "then systemctl reload nftables",
        "iptables": "iptables -I INPUT -p tcp -m multiport --dports 25,465,587 -j ACCEPT, and the same with ip6tables; "
        "then make them last (netfilter-persistent save)",
    }
    return f"Let them in: {ways[firewall.program]}."


def plan(firewall: Firewall) -> list[Change]:
    """A rule for ufw; other firewalls are left to their owner."""
    if firewall.program != "ufw" or firewall.why or not firewall.shut:
        return []
    closed = ",".join(map(str, firewall.shut))
    rule = ("allow", f"{closed}/tcp")
    undo = ("ufw", "delete", *rule)
    # before all others, for the first that fits counts
    return [RunCommand("Let mail in through ufw", ("ufw", "prepend", *rule), detail=f"ports {closed}", undo=undo)]
