"""Is the clock right, and who keeps it so? A wrong clock breaks TLS and signatures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.errors import CommandFailed
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host

_SOURCE = "timedatectl"
# what keeps a clock right without timedatectl(1) knowing it; installing systemd's own would throw them out
_OTHERS = ("chrony.service", "ntpsec.service", "ntp.service", "openntpd.service")


@dataclass(frozen=True)
class Keeper:
    """Who looks after the clock: `on` when something does, `can_be_switched_on` when it is installed and off.

    `is_hosts`: a container's clock is that of the machine which it runs on.
    """

    on: bool = False
    can_be_switched_on: bool = False
    is_hosts: bool = False


async def keeper(host: Host) -> Keeper:
    """Who looks after the clock. Only reads."""
    shown, others, container = await asyncio.gather(
        host.run((_SOURCE, "show", "--property=CanNTP", "--property=NTP"), timeout=10),
        host.run(("systemctl", "is-active", *_OTHERS), timeout=10),
        host.run(("systemd-detect-virt", "--container", "--quiet"), timeout=10),
    )
    facts = dict(line.split("=", 1) for line in shown.out.splitlines() if "=" in line)
    on = facts.get("NTP") == "yes" or "active" in others.out.split()
    return Keeper(on, facts.get("CanNTP") == "yes", container.ok)


async def clock(host: Host) -> Finding:
    """`os.clock`: is it kept right by NTP (timedatectl(1))?"""
    try:
        ran = await host.run((_SOURCE, "show", "--property=NTPSynchronized", "--value"), timeout=5)
    except CommandFailed as error:
        return _unknown(str(error))
    said = ran.out.strip()
    if said not in ("yes", "no"):
        return _unknown(ran.err.strip() or said or f"it ended with {ran.code}")
    if said == "yes":
        return Finding("os.clock", Status.OK, "Clock", "", "kept right by NTP", ("kept right by NTP",), _SOURCE)
    return Finding(
        "os.clock",
        Status.WARNING,
        "Clock",
        expected="kept right by NTP",
        found=("not kept right by NTP",),
        source=_SOURCE,
        cause="not_synchronized",
        fix=_fix(await keeper(host)),
    )


def _fix(keeper: Keeper) -> str:
    if keeper.is_hosts:
        return "A container has the clock of its host: if it is wrong, tell your hosting company."
    if keeper.on:
        return "Look again in some minutes. If it stays so, let UDP port 123 out of the firewall."
    if keeper.can_be_switched_on:
        return "Switch on what keeps it right: timedatectl set-ntp true"
    return "Install something that keeps it right: apt install systemd-timesyncd"


def _unknown(why: str) -> Finding:
    return Finding("os.clock", Status.UNKNOWN, "Clock", found=(why,), source=_SOURCE, cause="no_answer")
