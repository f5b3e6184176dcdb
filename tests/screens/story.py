"""The demonstration with a clock that the test turns, and its screens made comparable."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from textual.pilot import Pilot

from mailwizard.demo.machine import DemoHost
from mailwizard.demo.opening import wizard_in
from mailwizard.demo.owner import Owner
from mailwizard.demo.world import DOMAIN, HOSTNAME, World
from mailwizard.standing import Standing
from mailwizard.wizard import Wizard
from screens.app import MailwizardApp
from screens.wizard import WizardScreen
from tests.screens.imagined import app_on, settled, text_of
from tests.screens.pictures import Picture, taken

# what differs from run to run, and what stands for it: as long as before, so that nothing moves
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "2026-11-24"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"), "Tue"),
    (re.compile(r"\d\d:\d\d:\d\d"), "12:00:00"),
    (re.compile(r"\b12:00:00\.\d+"), "12:00:00.000000"),
    (re.compile(r"by \d\d:\d\d"), "by 12:00"),
    (re.compile(r"\d\d:\d\d UTC"), "12:00 UTC"),
    (re.compile(r"\d\d:\d\d:…"), "12:00:…"),
    (re.compile(r"\d\d:\d\d:\d…"), "12:00:0…"),
    (re.compile(r"\d\d:\d…"), "12:0…"),
    (re.compile(r"\b8\d days"), "89 days"),
    (re.compile(r"[A-Za-z0-9+/]*IDAQAB"), "KEY"),
    (re.compile(r"(?=\S*[A-Z])(?=\S*\d)(?<!\S)[A-Za-z0-9+/]{20,}"), "KEY"),
    (re.compile(r"\bmw\d{4}\b"), "mw2611"),
    (re.compile(r"p=MII[A-Za-z0-9+/]*"), "p=MII"),
    (re.compile(r"\b[a-z2-9]{5}(-[a-z2-9]{5}){3,}\b"), "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa"),
)


def masked(text: str) -> str:
    """The text with what differs from run to run made the same."""
    for pattern, same in _MASKS:
        text = pattern.sub(same, text)
    return text


@dataclass
class Story:
    """The demonstration under way."""

    world: World
    wizard: Wizard
    owner: Owner
    app: MailwizardApp
    pilot: Pilot[int]
    clock: list[datetime]

    async def wait(self, seconds: float) -> None:
        """Time goes by; the owner does what is due."""
        self.clock[0] += timedelta(seconds=seconds)
        await self.owner.tick(self.wizard)

    async def press(self, *keys: str) -> None:
        """Keys, and all that comes of them."""
        await self.pilot.press(*keys)
        await settled(self.pilot)

    async def open(self, name: str) -> None:
        """Opens a step, the "welcome" or the "summary"."""
        at = {"welcome": -1, "summary": len(self.wizard.steps)}
        await self.screen.open(at[name] if name in at else self.wizard.number(name))
        await settled(self.pilot)

    async def apply(self, name: str) -> None:
        """Opens a step, and applies what it would change."""
        await self.open(name)
        await self.press("a")

    async def do_all(self) -> None:
        """Does everything; time goes by until the last record is seen."""
        for _ in range(3):
            for step in self.wizard.steps:
                if step.standing not in (Standing.DONE, Standing.NOT_CHOSEN):
                    await self.apply(step.name)
                await self.wait(60)
            await self.wizard.look_at_all(lambda step: None)

    async def spoil(self) -> None:
        """What may go wrong on a server that was set up, all at once: everything that could fail does."""
        world, host = self.world, self.wizard.host
        assert isinstance(host, DemoHost)
        world.unit("chasquid.service").active = world.ipv6_up = False
        world.publish(DOMAIN, "TXT", "v=spf1 mx ~all")
        for record in world.records:
            record.until = world.now() if record.type in ("PTR", "MX") or "_domainkey" in record.name else None
        for path in (f"domains/{DOMAIN}/aliases", f"domains/{DOMAIN}/users", f"certs/{HOSTNAME}/privkey.pem"):
            await host.write(f"/etc/chasquid/{path}", b"\0 no such thing\n", mode=0o640)
        await host.write("/proc/sys/kernel/hostname", b"vmi1234567\n", mode=0o644)
        self.clock[0] += timedelta(days=2)  # nobody remembers how it was
        self.wizard.forget()

    @property
    def screen(self) -> WizardScreen:
        """The wizard's screen."""
        assert isinstance(self.app.screen, WizardScreen), self.app.screen
        return self.app.screen

    @property
    def shown(self) -> str:
        """What the screen shows, comparable."""
        return masked(text_of(self.app))

    @property
    def picture(self) -> Picture:
        """The screen as it is drawn, with colour and without, comparable."""
        now = taken(self.app)
        return Picture(masked(now.text), now.styles)

    @property
    def standings(self) -> dict[str, Standing]:
        """How each step stands."""
        return {step.name: step.standing for step in self.wizard.steps}


@asynccontextmanager
async def story(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Story]:
    """The demonstration from its beginning, everything looked at once."""
    clock = [datetime.now(timezone.utc).replace(microsecond=0)]
    world = World(pace=0, now=lambda: clock[0])
    wizard = wizard_in(world)
    app = app_on(wizard)
    async with app.run_test(size=size) as pilot:
        while not all(step.looked for step in wizard.steps):
            await settled(pilot)
        await settled(pilot)
        yield Story(world, wizard, Owner(world), app, pilot, clock)
