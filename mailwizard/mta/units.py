"""chasquid's unit files: what hardens it, what keeps it to IPv4, and whole ones for a chasquid built here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwizard import assets
from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host

SERVICE = "chasquid.service"
SOCKETS = {"smtp": 25, "submission": 587, "submission_tls": 465}  # FileDescriptorName and port
FOLDER = "/etc/systemd/system"
DROP_INS = f"{FOLDER}/{SERVICE}.d"
HARDENING_PATH = f"{DROP_INS}/mailwizard.conf"
_MARK = b"Made by mailwizard, for a chasquid that was built here"
_PROPERTIES = (
    "LoadState,ActiveState,SubState,UnitFileState,Result,NeedDaemonReload,NRestarts,ExecMainStartTimestamp,"
    "ExecMainStatus,MainPID"
)
_NO_NAMESPACE = "226"  # EXIT_NAMESPACE of systemd.exec(5)


@dataclass(frozen=True)
class Running:
    """How systemd sees chasquid.service. `since` as find(1) reads it ("2026-11-24 07:54:01.123456 UTC"), or empty.

    `unrestrictable`: it was not even started, for this machine does not let systemd restrict it (some containers).
    """

    loaded: bool = False
    active: bool = False
    enabled: bool = False
    result: str = ""
    reload_due: bool = False
    restarts: int = 0
    since: str = ""
    unrestrictable: bool = False
    pid: str = ""
    status: str = ""  # the exit code of the program that ran last


def parse_running(text: str) -> Running:
    """What `systemctl show` printed. Never raises."""
    facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    restarts = facts.get("NRestarts", "")
    return Running(
        loaded=facts.get("LoadState") == "loaded",
        active=facts.get("ActiveState") == "active",
        enabled=facts.get("UnitFileState") in ("enabled", "static"),
        result=facts.get("Result", ""),
        reload_due=facts.get("NeedDaemonReload") == "yes",
        restarts=int(restarts) if restarts.isdigit() else 0,
        since=facts.get("ExecMainStartTimestamp", "").partition(" ")[2],  # without the week-day
        unrestrictable=facts.get("ExecMainStatus") == _NO_NAMESPACE and facts.get("ActiveState") != "active",
        pid=facts.get("MainPID", ""),
        status=facts.get("ExecMainStatus", ""),
    )


def in_words(state: Running | None) -> list[str]:
    """What `systemctl status` tells first: whether it runs, since when, how often it came back, how it ended."""
    if state is None:
        return ["systemd does not answer."]
    if not state.loaded:
        return ["There is no such service yet: apply the step Mail server."]
    boot = "starts at boot" if state.enabled else "does not start at boot"
    if not state.active:
        return [f"does not run ({state.result or 'stopped'}, exit code {state.status or 'not known'}), {boot}"]
    return [f"runs since {to_the_second(state.since)}, PID {state.pid}, {boot}", restarted(state)]


def restarted(state: Running) -> str:
    """How often systemd started it anew because it had ended by itself."""
    times = "once" if state.restarts == 1 else f"{state.restarts} times"
    return f"restarted by systemd {times} since then" if state.restarts else "never ended by itself since then"


def to_the_second(moment: str) -> str:
    """A moment of systemd's without its fractions."""
    return re.sub(r"\.\d+", "", moment)


async def running(host: Host) -> Running | None:
    """The state of chasquid.service; None when systemd does not answer."""
    ran = await host.run(("systemctl", "show", "--timestamp=us+utc", f"--property={_PROPERTIES}", SERVICE))
    return parse_running(ran.out) if ran.ok else None


async def drop_in_changes(host: Host, *, ipv4_only: bool) -> list[Change]:
    """What puts the drop-in in place that restricts chasquid to what it must do, and to IPv4 where that is wanted."""
    from mailwizard.changes.files import make_dir, write_file

    text = assets.template("chasquid-hardening.conf.j2").render(ipv4_only=ipv4_only)
    note = "hardening, sends over IPv4 alone" if ipv4_only else "hardening"
    return [*await make_dir(host, DROP_INS), *await write_file(host, HARDENING_PATH, text, note=note)]


async def own_unit_changes(host: Host, program: str) -> list[Change]:
    """What puts whole unit files in place for the chasquid at `program`."""
    from mailwizard.changes.files import write_file

    service = assets.template("chasquid.service.j2").render(program=program)
    changes = await write_file(host, f"{FOLDER}/{SERVICE}", service)
    for name, port in SOCKETS.items():
        text = assets.template("chasquid.socket.j2").render(name=name, port=port)
        changes += await write_file(host, f"{FOLDER}/chasquid-{name}.socket", text)
    return changes


async def own_units_away(host: Host) -> list[Change]:
    """What takes those unit files away again, so that a package's own count; empty when there are none of ours."""
    from mailwizard.changes.files import remove_file

    changes: list[Change] = []
    for unit in (SERVICE, *(f"chasquid-{name}.socket" for name in SOCKETS)):
        try:
            ours = _MARK in await host.read(f"{FOLDER}/{unit}")
        except FileMissing:
            continue
        changes += await remove_file(host, f"{FOLDER}/{unit}", "the package has its own") if ours else []
    return changes


async def gave_up(host: Host) -> bool:
    """True when the service or a socket of it has failed so often that systemd tries no more."""
    units = (SERVICE, *(f"chasquid-{name}.socket" for name in SOCKETS))
    ran = await host.run(("systemctl", "is-failed", *units))
    return "failed" in ran.out.split()
