"""Starting, stopping and restarting services of systemd (systemctl(1))."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import fields
from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import Host, Report
from mailwizard.text import one_line

_TIMEOUT = 180  # a unit's own start time-out is 90 s (systemd-system.conf(5)); a dependency may need as long


async def enable_unit(host: Host, unit: str) -> list[Change]:
    """Nothing when the unit is enabled and active, else one EnableUnit. Only reads."""
    enabled, active = await unit_state(host, unit)
    return [] if enabled and active else [EnableUnit(unit)]


async def unit_state(host: Host, unit: str) -> tuple[bool, bool]:
    """Whether the unit is started at boot (enabled), and whether it runs now (active)."""
    asked = (host.run(["systemctl", f"is-{what}", unit]) for what in ("enabled", "active"))
    enabled, active = await asyncio.gather(*asked)
    # a static unit has nothing to enable: it is started by what needs it
    return enabled.out.strip() in ("enabled", "enabled-runtime", "static", "alias"), active.out.strip() == "active"


@dataclass(frozen=True)
class _UnitChange:
    """What the changes to one unit have in common."""

    kind: ClassVar[str] = ""
    verbs: ClassVar[tuple[tuple[str, ...], ...]] = ()
    unit: str

    @property
    def detail(self) -> str:
        """Nothing special."""
        return ""

    async def diff(self, host: Host) -> str:
        """The commands. Only reads."""
        return "".join(f"systemctl {' '.join(verb)} {self.unit}\n" for verb in self.verbs)

    async def perform(self, host: Host, report: Report) -> None:
        """Runs the commands. Raises CommandFailed with the unit's own last words."""
        for verb in self.verbs:
            await systemctl(host, [*verb, self.unit], report)

    async def inverse(self, host: Host) -> Change | None:
        """Brings the unit back to running or not, enabled or not, as it is now."""
        enabled, active = await unit_state(host, self.unit)
        return SetUnit(self.unit, enabled, active)

    @property
    def title(self) -> str:
        """The commands in words."""
        return f"{self.kind} {self.unit}"

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "unit": self.unit}


@dataclass(frozen=True)
class EnableUnit(_UnitChange):
    """The unit runs now and after each boot."""

    kind: ClassVar[str] = "enable_unit"
    verbs: ClassVar[tuple[tuple[str, ...], ...]] = (("enable", "--now"),)

    @property
    def title(self) -> str:
        """`Start chasquid.service`."""
        return f"Start {self.unit}"

    @property
    def detail(self) -> str:
        """That it lasts."""
        return "now and at each boot"

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> EnableUnit:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"))


@dataclass(frozen=True)
class DisableUnit(_UnitChange):
    """The unit is stopped and does not start at boot."""

    kind: ClassVar[str] = "disable_unit"
    # not `--now`: for a service of SysV's kind systemctl hands "disable" on and leaves it running
    verbs: ClassVar[tuple[tuple[str, ...], ...]] = (("disable",), ("stop",))

    @property
    def title(self) -> str:
        """`Stop exim4.service`."""
        return f"Stop {self.unit}"

    @property
    def detail(self) -> str:
        """That it lasts."""
        return "now and at each boot"

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> DisableUnit:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"))


@dataclass(frozen=True)
class StopUnit(_UnitChange):
    """The unit is stopped until the next boot."""

    kind: ClassVar[str] = "stop_unit"
    verbs: ClassVar[tuple[tuple[str, ...], ...]] = (("stop",),)

    @property
    def title(self) -> str:
        """`Stop exim4.service`."""
        return f"Stop {self.unit}"

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> StopUnit:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"))


@dataclass(frozen=True)
class RestartUnit(_UnitChange):
    """The unit is started anew; one that gave up after too many failures is allowed to try again."""

    kind: ClassVar[str] = "restart_unit"
    verbs: ClassVar[tuple[tuple[str, ...], ...]] = (("reset-failed",), ("restart",))
    why: str = ""

    @property
    def title(self) -> str:
        """`Restart chasquid.service`."""
        return f"Restart {self.unit}"

    @property
    def detail(self) -> str:
        """Why."""
        return self.why

    async def perform(self, host: Host, report: Report) -> None:
        """Resets the failure count and restarts. Raises CommandFailed with the unit's own last words."""
        await host.run(["systemctl", "reset-failed", self.unit])  # fails for a unit never loaded: nothing to reset
        await systemctl(host, ["restart", self.unit], report)

    async def inverse(self, host: Host) -> Change | None:
        """A restart as well when it runs now (its files will have been put back), else stopping it."""
        _, active = await unit_state(host, self.unit)
        return RestartUnit(self.unit) if active else StopUnit(self.unit)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return super().as_json() | {"why": self.why}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RestartUnit:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"), fields.text(kept, "why", ""))


@dataclass(frozen=True)
class SetUnit(_UnitChange):
    """The unit is brought back to how it was: started at boot or not, running or not."""

    kind: ClassVar[str] = "set_unit"
    enabled: bool = False
    active: bool = False

    @property
    def title(self) -> str:
        """`Bring chasquid.service back`."""
        return f"Bring {self.unit} back"

    @property
    def detail(self) -> str:
        """To what."""
        boot = "started at boot" if self.enabled else "not started at boot"
        return f"{'running' if self.active else 'stopped'}, {boot}"

    async def diff(self, host: Host) -> str:
        """The commands. Only reads."""
        return "".join(f"systemctl {' '.join(verb)} {self.unit}\n" for verb in self._steps())

    async def perform(self, host: Host, report: Report) -> None:
        """Runs the commands; a unit that is gone is left alone. Raises CommandFailed."""
        loaded = await host.run(["systemctl", "show", "--property=LoadState", "--value", self.unit])
        if loaded.out.strip() == "not-found":
            report(f"{self.unit} is gone: nothing to bring back")
            return
        for verb in self._steps():
            await systemctl(host, [*verb, self.unit], report)

    def _steps(self) -> list[tuple[str, ...]]:
        return [("enable" if self.enabled else "disable",), ("start" if self.active else "stop",)]

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return super().as_json() | {"enabled": self.enabled, "active": self.active}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> SetUnit:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"), fields.yes(kept, "enabled"), fields.yes(kept, "active"))


@dataclass(frozen=True)
class ReloadUnits:
    """systemd reads its unit files anew; needed after one was written."""

    kind: ClassVar[str] = "reload_units"

    @property
    def title(self) -> str:
        """In words."""
        return "Let systemd read its unit files anew"

    @property
    def detail(self) -> str:
        """Nothing special."""
        return ""

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return "systemctl daemon-reload\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Runs the command. Raises CommandFailed."""
        await systemctl(host, ["daemon-reload"], report)

    async def inverse(self, host: Host) -> Change | None:
        """The same: after the files are back they are read again."""
        return ReloadUnits()

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> ReloadUnits:
        """Nothing to be read."""
        return cls()


async def systemctl(host: Host, words: list[str], report: Report) -> None:
    """Runs `systemctl WORDS`, its last word a unit. Raises CommandFailed with what the unit logged last."""
    ran = await host.run(["systemctl", *words], timeout=_TIMEOUT, report=report)
    if ran.ok:
        return
    unit = words[-1]
    logged = await host.run(["journalctl", "--unit", unit, "--lines", "5", "--output", "cat", "--no-pager"])
    last = [one_line(line) for line in (logged.out if logged.ok else "").splitlines() if line.strip()]
    said = [one_line(line) for line in ran.err.splitlines() if line.strip()]
    words_of_unit = " / ".join(last[-3:]) or (said[0] if said else "no message")
    raise CommandFailed(f"`systemctl {' '.join(words)}` failed: {words_of_unit}")
