"""Our own netplan file, placed and applied so that the machine cannot lock its user out.

netplan checks the file first. Then a timer of systemd is armed that puts everything back after two minutes, and it is
disarmed only when the machine still answers. `netplan try` is no help here: its exit code is 0 either way.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import difference, fields, register
from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.network import restore
from mailwizard.network.interface import addresses6, defaults6
from mailwizard.network.netplan import OWN_FILE
from mailwizard.network.outside import seen_from_outside
from mailwizard.network.routes import route_out

_PAUSE = 0.5  # seconds between two looks
_PATIENCE = 25  # seconds for the machine to answer again; and for the address to be up (1 to 4 s: duplicate detection)


@dataclass(frozen=True)
class ApplyNetplan:
    """The file gets `content` (None: it is removed), and netplan applies it; put back when that does no good.

    `address` is expected on `interface` afterwards; "" expects nothing. `echoes` are asked whether we still reach out.
    """

    kind: ClassVar[str] = "apply_netplan"
    content: str | None
    interface: str = ""
    address: str = ""
    echoes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The file."""
        return OWN_FILE

    @property
    def detail(self) -> str:
        """What is special about it."""
        return f"0600, netplan apply; undone by itself after {restore.AFTER} s unless this server still answers"

    async def diff(self, host: Host) -> str:
        """A unified diff, then the commands. Only reads."""
        old = await restore.standing(host)
        new = None if self.content is None else self.content.encode()
        return difference.of_content(OWN_FILE, old, new) + "netplan generate\nnetplan apply\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Checks, arms the timer, applies, looks, disarms. Raises HostError when everything was put back."""
        await restore.finish(host, report)
        before = await restore.standing(host)
        reached = await self._reached(host)
        await restore.place(host, None if self.content is None else self.content.encode())
        try:
            (await host.run(("netplan", "generate"), timeout=60)).must()
        except CommandFailed as error:
            await restore.place(host, before)
            raise HostError(f"netplan does not take the file, which was put back: {error}") from None
        await restore.arm(host, before)
        report(f"everything is put back in {restore.AFTER} s unless this server still answers")
        try:
            (await host.run(("netplan", "apply"), timeout=60, report=report)).must()
            await self._still_reached(host, reached)
            await self._up(host, report)
        except HostError as error:
            await _put_back(host, before)
            raise HostError(f"The network was put back as it was: {error}") from None
        await restore.disarm(host)
        report("this server still answers")

    async def inverse(self, host: Host) -> Change | None:
        """The file as it stands now, applied in the same way."""
        before = await restore.standing(host)
        return ApplyNetplan(before.decode() if before is not None else None, echoes=self.echoes)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        kept |= {"content": self.content, "interface": self.interface, "address": self.address}
        return kept | {"echoes": list(self.echoes)}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> ApplyNetplan:
        """Raises HostError when the record is damaged."""
        content = None if kept.get("content") is None else fields.text(kept, "content")
        interface, address = fields.text(kept, "interface", ""), fields.text(kept, "address", "")
        return cls(content, interface, address, fields.texts(kept, "echoes"))

    async def _reached(self, host: Host) -> set[str]:
        """Which of our ways out over IPv4 hold: "route", "gateway" (it answers a ping), "outside" (an echo)."""
        route, seen = await asyncio.gather(route_out(host, 4), seen_from_outside(host, self.echoes, 4))
        found = {"outside"} if any(echo.address for echo in seen) else set()
        if route is None:
            return found
        ping = await host.run(("ping", "-c", "1", "-W", "2", route.gateway or route.source), timeout=10)
        return found | {"route"} | ({"gateway"} if ping.ok else set())

    async def _still_reached(self, host: Host, before: set[str]) -> None:
        end = time.monotonic() + _PATIENCE
        while lost := before - await self._reached(host):
            if time.monotonic() > end:
                raise HostError(f"afterwards IPv4 was lost ({', '.join(sorted(lost))})")
            await asyncio.sleep(_PAUSE)

    async def _up(self, host: Host, report: Report) -> None:
        """Waits until the address is up and has a route."""
        end = time.monotonic() + _PATIENCE
        while self.address and not await self._is_up(host):
            if time.monotonic() > end:
                raise HostError(f"{self.address} did not come up on {self.interface}")
            await asyncio.sleep(_PAUSE)
        if self.address:
            report(f"{self.address} is up on {self.interface}")

    async def _is_up(self, host: Host) -> bool:
        on_it, defaults = await asyncio.gather(addresses6(host, self.interface), defaults6(host))
        mine = next((item for item in on_it if item.address == self.address), None)
        if mine and mine.duplicate:
            raise HostError(f"{self.address} is used by another machine already")
        return mine is not None and not mine.tentative and bool(defaults)


async def _put_back(host: Host, before: bytes | None) -> None:
    """The file as it was, applied; where that fails as well the timer tries again."""
    await restore.place(host, before)
    with contextlib.suppress(CommandFailed):  # the timer is still armed
        (await host.run(("netplan", "apply"), timeout=60)).must()
        await restore.disarm(host)


register(ApplyNetplan.kind, ApplyNetplan.from_json)
