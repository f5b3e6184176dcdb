"""firewalld: what the zone of the interface that leads outside lets in (firewall-cmd(1))."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.host.protocol import Host
from mailwizard.network.routes import route_out
from mailwizard.text import one_line

_SERVICES = {"smtp": "25", "smtps": "465", "smtp-submission": "587", "submission": "587"}


@dataclass(frozen=True)
class Zone:
    """A zone: the TCP ports it lets in, as "25" or "1:1024"; `why` they are not known."""

    name: str = ""
    ports: tuple[str, ...] = ()
    why: str = ""


async def zone_outside(host: Host) -> Zone | None:
    """The zone of the interface with the default route, the default zone when it is in none; None without firewalld."""
    if not (await host.run(("firewall-cmd", "--state"), timeout=20)).ok:
        return None
    name = await _zone_of_interface(host) or (await _said(host, "--get-default-zone"))
    if not name:
        return Zone(why="it does not say which zone counts")
    ran = await host.run(("firewall-cmd", f"--zone={name}", "--list-all"), timeout=20)
    return Zone(name, ports_in(ran.out)) if ran.ok else Zone(name, why=one_line(ran.err.strip()) or "it says nothing")


async def _zone_of_interface(host: Host) -> str:
    """Empty when there is no way out, or the interface is in no zone ("no zone", exit code 2)."""
    route = await route_out(host, 4) or await route_out(host, 6)
    return await _said(host, f"--get-zone-of-interface={route.interface}") if route else ""


async def _said(host: Host, option: str) -> str:
    ran = await host.run(("firewall-cmd", option), timeout=20)
    return ran.out.strip() if ran.ok else ""


def ports_in(text: str) -> tuple[str, ...]:
    """The TCP ports in the output of `firewall-cmd --list-all`; all of them where the zone's target is ACCEPT."""
    facts = {key.strip(): value.split() for key, _, value in (line.partition(":") for line in text.splitlines())}
    if facts.get("target") == ["ACCEPT"]:
        return ("1:65535",)
    ports = (word.removesuffix("/tcp") for word in facts.get("ports", ()) if word.endswith("/tcp"))
    named = (_SERVICES[name] for name in facts.get("services", ()) if name in _SERVICES)
    return (*(port.replace("-", ":") for port in ports), *named)
