"""The machine's own firewall: does it let mail in? A firewall of the hosting company cannot be seen from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.changes.files import write_file
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of
from mailwizard.network.routes import route_out
from mailwizard.system import firewalld, iptables, nftables, ufw
from mailwizard.system.holders import MAIL_PORTS
from mailwizard.text import listed


@dataclass(frozen=True)
class Firewall:
    """The one that decides. `program` is "" for none; `shut` are the mail ports it keeps shut; `why` it is unknown;
    `zone` of firewalld.

    `over` is the one way over which they are shut ("IPv6"), "" for every way; `drops_ipv6`: nothing gets through there.
    """

    program: str = ""
    shut: tuple[int, ...] = ()
    why: str = ""
    zone: str = ""
    over: str = ""
    drops_ipv6: bool = False


async def look(host: Host, families: Sequence[int] = (4, 6)) -> Firewall:
    """Which firewall is active and what it lets in: ufw, firewalld, nftables, iptables, in this order.

    `families` are what this server is to be reached over, 4 and 6.
    """
    for ask in (partial(_ufw, families=families), _firewalld, _nftables, _iptables):
        found = await ask(host)
        if found:
            return found
    return Firewall()


async def _ufw(host: Host, families: Sequence[int]) -> Firewall | None:
    ran = await host.run(("ufw", "status", "verbose"), timeout=20)
    if ran.code == 127:
        return None
    if not ran.ok:
        return Firewall("ufw", why="only root can ask it") if "root" in ran.err + ran.out else None
    return await _judged(host, ran.out, families) if ufw.is_active(ran.out) else None


async def _judged(host: Host, status: str, families: Sequence[int]) -> Firewall:
    route = await route_out(host, 4)
    interface = route.interface if route else ""
    shut4 = ufw.shut_ports(status, MAIL_PORTS, 4, interface)
    if 6 not in families or await host.stat("/proc/sys/net/ipv6") is None:
        return Firewall("ufw", shut4)
    drops = ufw.drops_ipv6(await _text(host, ufw.DEFAULTS))
    shut6 = MAIL_PORTS if drops else ufw.shut_ports(status, MAIL_PORTS, 6, interface)
    either = tuple(port for port in MAIL_PORTS if port in shut4 or port in shut6)
    return Firewall("ufw", either, over="" if shut4 else "IPv6", drops_ipv6=drops)


async def _text(host: Host, path: str) -> str:
    try:
        return await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return ""


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
    over = f" over {firewall.over}" if firewall.over else ""
    found = f"{firewall.program} keeps {listed([str(port) for port in firewall.shut])} shut{over}"
    every = (
        (found, f"IPV6=no in {ufw.DEFAULTS}: it lets nothing through over IPv6") if firewall.drops_ipv6 else (found,)
    )
    return Finding("os.firewall", Status.FAILED, title, "", expected, every, source, "shut", _fix(firewall))


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


async def plan(host: Host, firewall: Firewall) -> list[Change]:
    """A rule for ufw, after IPv6 is let through it at all; other firewalls are left to their owner. Only reads."""
    if firewall.program != "ufw" or firewall.why or not firewall.shut:
        return []
    closed = ",".join(map(str, firewall.shut))
    rule = ("allow", f"{closed}/tcp")
    undo = ("ufw", "delete", *rule)
    # before all others, because the first that fits counts
    let_in = RunCommand("Let mail in through ufw", ("ufw", "prepend", *rule), detail=f"ports {closed}", undo=undo)
    return [*(await _with_ipv6(host) if firewall.drops_ipv6 else []), let_in]


async def _with_ipv6(host: Host) -> list[Change]:
    text = ufw.with_ipv6(await _text(host, ufw.DEFAULTS))
    written = await write_file(host, ufw.DEFAULTS, text, note="ufw has rules for IPv6, too, instead of dropping it")
    return [*written, RunCommand("Let ufw read its configuration again", ("ufw", "reload"))]
