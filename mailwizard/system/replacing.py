"""Another mail server stopped for good, so that its ports are really free. It is not removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import fields, register
from mailwizard.changes.units import SetUnit, systemctl, unit_state
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.system.holders import holders

_PAUSE = 0.25  # seconds between two looks
_PATIENCE = 5  # seconds for it to end by itself


@dataclass(frozen=True)
class ReplaceMailServer:
    """`unit` is stopped and disabled; a process that its unit left behind is ended as well."""

    kind: ClassVar[str] = "replace_mail_server"
    unit: str
    name: str

    @property
    def title(self) -> str:
        """`Stop exim4`."""
        return f"Stop {self.name}"

    @property
    def detail(self) -> str:
        """That it lasts, and that it is not removed."""
        return f"{self.unit}, now and at each boot; it stays installed"

    @property
    def _main(self) -> str:
        """The unit that is started at boot: postfix.service starts postfix's instances."""
        return "postfix.service" if self.unit.startswith("postfix@") else self.unit

    async def diff(self, host: Host) -> str:
        """The commands. Only reads."""
        return "".join(f"systemctl {verb} {unit}\n" for verb, unit in self._steps())

    def _steps(self) -> list[tuple[str, str]]:
        # not `disable --now`: for a service of SysV's kind systemctl only hands "disable" on
        return [("disable", self._main), *(("stop", unit) for unit in dict.fromkeys((self._main, self.unit)))]

    async def perform(self, host: Host, report: Report) -> None:
        """Stops it and waits until its ports are free. Raises CommandFailed, or HostError when it goes on listening."""
        for verb, unit in self._steps():
            await systemctl(host, [verb, unit], report)
        if await self._left(host, _PATIENCE):
            for pid in await self._left(host, 0):
                report(f"{self.name} left a process behind ({pid}), which is ended")
                await host.run(("kill", pid), timeout=10)
        if await self._left(host, _PATIENCE):
            raise HostError(f"{self.name} goes on listening though {self._main} is stopped. End it yourself.")

    async def _left(self, host: Host, patience: float) -> tuple[str, ...]:
        """The processes of the unit that still listen after so many seconds."""
        end = time.monotonic() + patience
        while True:
            held = await holders(host)
            pids = tuple(dict.fromkeys(holder.pid for holder in held or [] if holder.unit in (self.unit, self._main)))
            if not pids or time.monotonic() >= end:
                return pids
            await asyncio.sleep(_PAUSE)

    async def inverse(self, host: Host) -> Change | None:
        """Brings it back to running or not, enabled or not, as it is now."""
        enabled, active = await unit_state(host, self._main)
        return SetUnit(self._main, enabled, active)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "unit": self.unit, "name": self.name}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> ReplaceMailServer:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "unit"), fields.text(kept, "name"))


register(ReplaceMailServer.kind, ReplaceMailServer.from_json)
