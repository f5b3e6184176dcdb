"""What everything else stands on: root's rights and systemd."""

from __future__ import annotations

from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host

_RUNS = ("running", "degraded", "starting", "initializing", "maintenance")


def root(host: Host) -> Finding:
    """`os.root`: may everything be seen, and changed? An ordinary user may look, a monitor for example."""
    fix = "" if host.is_root else f"Become root on {host.label}: {host.way_to_root}."
    found = ("root",) if host.is_root else ("an ordinary user: not everything may be seen",)
    status = Status.OK if host.is_root else Status.UNKNOWN
    return Finding(
        "os.root", status, "Rights", "", "root", found, "the user's id", "" if host.is_root else "no_root", fix
    )


async def systemd(host: Host) -> Finding:
    """`os.systemd`: is systemd what runs this machine (sd_booted(3)), and does it answer?"""
    title, source = "systemd", "systemctl is-system-running"
    if await host.stat("/run/systemd/system") is None:
        fix = "Start this server with systemd: a container without it cannot be a mail server here."
        return Finding("os.systemd", Status.FAILED, title, "", "running", (), "/run/systemd/system", "missing", fix)
    ran = await host.run(("systemctl", "is-system-running"), timeout=10)
    state = ran.out.strip()
    if state in _RUNS:
        return Finding("os.systemd", Status.OK, title, "", "running", (state,), source)
    said = (state or ran.err.strip() or f"ended with {ran.code}",)
    return Finding("os.systemd", Status.UNKNOWN, title, "", "running", said, source, "no_answer")
