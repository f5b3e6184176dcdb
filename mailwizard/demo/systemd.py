"""systemctl(1), systemd-run(1) and journalctl(1) of the imagined server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from mailwizard.demo.world import Unit, World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.protocol import Ran

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost

_SOCKETS = "".join(
    f"*:{port} chasquid-{name}.socket chasquid.service\n"
    for name, port in (("smtp", 25), ("submission_tls", 465), ("submission", 587))
)


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What they answer."""

    def systemctl(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return _systemctl(world, argv)

    def journal(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return _journal(world, argv)

    def listening(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        rows = [f'LISTEN 0 4096 *:{port} *:* users:(("systemd",pid=1,fd=7))\n' for port in (25, 465, 587)]
        return "".join(rows) if world.mail_runs else ""

    return {
        ("systemctl", ...): systemctl,
        ("journalctl", ...): journal,
        ("systemd-run", ...): "Running timer as unit.\n",
        ("ss", ...): listening,
    }


def _systemctl(world: World, argv: tuple[str, ...]) -> Reply:
    verb, name = argv[1], argv[-1]
    if verb == "is-system-running":
        return "running\n"
    if verb == "list-sockets":
        return _SOCKETS if world.mail_runs else ""
    unit = world.unit(name)
    if verb in ("is-enabled", "is-active"):
        holds, words = (unit.enabled, "enabled disabled") if verb == "is-enabled" else (unit.active, "active inactive")
        return Ran(argv, 0 if holds else 1, words.split()[0 if holds else 1] + "\n", "")
    if verb == "is-failed":
        return Ran(argv, 1, "active\n", "")
    if verb == "show":
        return _shown(world, name, unit)
    _changed(world, verb, unit)
    return ""


def _changed(world: World, verb: str, unit: Unit) -> None:
    if verb in ("enable", "disable"):
        unit.enabled = verb == "enable"
    if verb in ("enable", "start", "restart", "try-restart"):
        unit.active, unit.since = True, world.now()
        if unit is world.unit("chasquid.service"):
            world.write("Started chasquid.service - chasquid mail server (imagined).")
    if verb == "stop":
        unit.active = False


def _shown(world: World, name: str, unit: Unit) -> str:
    since = f"{unit.since:%a %Y-%m-%d %H:%M:%S.%f} UTC" if unit.since else ""
    loaded = name in world.units and (name != "chasquid.service" or "chasquid" in world.packages)
    following = f"{world.now() + timedelta(hours=9):%a %Y-%m-%d %H:%M:%S} UTC" if unit.active else ""
    facts = {
        "LoadState": "loaded" if loaded else "not-found",
        "ActiveState": "active" if unit.active else "inactive",
        "UnitFileState": "enabled" if unit.enabled else "disabled",
        "Result": "success",
        "NeedDaemonReload": "no",
        "NRestarts": "0",
        "MainPID": "4711" if unit.active else "0",
        "ExecMainStatus": "0",
        "ExecMainStartTimestamp": since,
        "NextElapseUSecRealtime": following,
    }
    if name == "mailwizard-acme.service":
        return "Result=success\n"
    return "".join(f"{key}={value}\n" for key, value in facts.items())


def _journal(world: World, argv: tuple[str, ...]) -> str:
    lines = list(enumerate(world.journal, 1))
    if "--output=cat" in argv or "cat" in argv:
        return "".join(f"{text}\n" for _, (_, text, _) in lines)
    after = next((int(word.partition("=")[2]) for word in argv if word.startswith("--after-cursor=")), 0)
    if "--lines=1" in argv:
        lines = lines[-1:]
    else:
        only_mail = "SYSLOG_FACILITY=2" in argv
        lines = [line for line in lines if line[0] > after and (line[1][2] or not only_mail)]
    return "".join(
        json.dumps({"__CURSOR": str(n), "__REALTIME_TIMESTAMP": str(int(at.timestamp() * 1e6)), "MESSAGE": text}) + "\n"
        for n, (at, text, _) in lines
    )
