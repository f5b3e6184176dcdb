"""Units of systemd, on an imagined systemctl that remembers."""

from __future__ import annotations

import json

import pytest

from mailwizard.change import Change
from mailwizard.changes import from_json
from mailwizard.changes.units import (
    DisableUnit,
    EnableUnit,
    ReloadUnits,
    RestartUnit,
    SetUnit,
    StopUnit,
    enable_unit,
)
from mailwizard.errors import CommandFailed
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran

UNIT = "chasquid.service"


class Systemd:
    """One unit and what systemctl(1) does to it."""

    def __init__(self, enabled: bool = False, active: bool = False, broken: str = "") -> None:
        self.enabled, self.active, self.broken = enabled, active, broken
        self.host = ImaginaryHost(commands={("systemctl", ...): self.systemctl, ("journalctl", ...): broken})

    @property
    def state(self) -> tuple[bool, bool]:
        return self.enabled, self.active

    @property
    def changing(self) -> list[str]:
        """The commands that were to change something."""
        return [" ".join(argv[1:]) for argv in self.host.ran if argv[1] not in ("is-enabled", "is-active", "show")]

    def systemctl(self, argv: tuple[str, ...], stdin: bytes, env: object) -> Ran:
        verb, now = argv[1], "--now" in argv
        if verb == "is-enabled":
            return Ran(argv, 0 if self.enabled else 1, "enabled\n" if self.enabled else "disabled\n", "")
        if verb == "is-active":
            return Ran(argv, 0 if self.active else 3, "active\n" if self.active else "inactive\n", "")
        if self.broken and (verb in ("restart", "start") or now):
            return Ran(argv, 1, "", "Job for chasquid.service failed because the control process exited\n")
        if verb in ("enable", "disable"):
            self.enabled = verb == "enable"
            self.active = self.enabled if now else self.active
        if verb in ("start", "stop", "restart"):
            self.active = verb != "stop"
        return Ran(argv, 0, "loaded\n" if verb == "show" else "", "")


def silent(line: str) -> None:
    """Where nobody listens."""


STATES = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("change", [EnableUnit(UNIT), DisableUnit(UNIT), StopUnit(UNIT)])
async def test_there_and_back(change: Change, state: tuple[bool, bool]) -> None:
    systemd = Systemd(*state)
    inverse = await change.inverse(systemd.host)
    await change.perform(systemd.host, silent)
    assert inverse is not None
    await from_json(json.loads(json.dumps(inverse.as_json()))).perform(systemd.host, silent)
    assert systemd.state == state


@pytest.mark.parametrize("state", STATES)
async def test_enabled_only_when_it_is_not(state: tuple[bool, bool]) -> None:
    systemd = Systemd(*state)
    plan = await enable_unit(systemd.host, UNIT)
    assert bool(plan) is (state != (True, True))
    for change in plan:
        await change.perform(systemd.host, silent)
    assert systemd.state == (True, True)
    assert await enable_unit(systemd.host, UNIT) == []


async def test_a_restart_forgives_former_failures() -> None:
    systemd = Systemd(True, True)
    change = RestartUnit(UNIT, "the certificate is new")
    assert (change.title, change.detail) == ("Restart chasquid.service", "the certificate is new")
    assert await change.diff(systemd.host) == f"systemctl reset-failed {UNIT}\nsystemctl restart {UNIT}\n"
    await change.perform(systemd.host, silent)
    assert systemd.changing == [f"reset-failed {UNIT}", f"restart {UNIT}"]


@pytest.mark.parametrize(("active", "kind"), [(True, "restart_unit"), (False, "stop_unit")])
async def test_what_takes_a_restart_back(active: bool, kind: str) -> None:
    inverse = await RestartUnit(UNIT).inverse(Systemd(active, active).host)
    assert inverse is not None and inverse.kind == kind


async def test_the_units_own_words_are_told() -> None:
    systemd = Systemd(broken="starting\nAt least one valid certificate is needed\x1b[31m\n")
    for change in (EnableUnit(UNIT), RestartUnit(UNIT)):
        with pytest.raises(CommandFailed, match="starting / At least one valid certificate is needed") as caught:
            await change.perform(systemd.host, silent)
        assert "\x1b" not in str(caught.value)


async def test_without_a_journal_systemctls_words_are_told() -> None:
    systemd = Systemd(broken=" ")
    with pytest.raises(CommandFailed, match=r"Job for chasquid\.service failed"):
        await RestartUnit(UNIT).perform(systemd.host, silent)


async def test_a_unit_that_is_gone_is_left_alone() -> None:
    host = ImaginaryHost(commands={("systemctl", "show", ...): "not-found\n"})
    lines: list[str] = []
    await SetUnit(UNIT, True, True).perform(host, lines.append)
    assert lines == [f"{UNIT} is gone: nothing to bring back"]


async def test_unit_files_are_read_anew() -> None:
    systemd = Systemd()
    await ReloadUnits().perform(systemd.host, silent)
    assert systemd.changing == ["daemon-reload"]
    assert await ReloadUnits().inverse(systemd.host) == ReloadUnits()


@pytest.mark.parametrize(
    "change",
    [EnableUnit(UNIT), DisableUnit(UNIT), StopUnit(UNIT), RestartUnit(UNIT, "why"), SetUnit(UNIT, True), ReloadUnits()],
)
def test_the_journal_gives_it_back(change: Change) -> None:
    assert from_json(json.loads(json.dumps(change.as_json()))) == change
    assert change.as_json()["title"] == change.title
