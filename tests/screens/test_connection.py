"""A server at the other end of a connection: the screens say at once that it is made again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from textual.pilot import Pilot

from mailwizard.answers import Answers
from mailwizard.finding import Finding
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host, Report
from screens.app import MailwizardApp
from screens.health import HealthScreen
from tests.screens.imagined import SETUP, Doing, Imagined, Simple, app_of, imagined, settled, text_of

LOST = "the connection to root@198.51.100.7 was lost; connecting again"
SAID = "The connection to root@198.51.100.7 was lost; connecting again."
BACK = "connected to root@198.51.100.7"
SIZE = (80, 24)


@dataclass
class Line:
    """The connection: lost when `lose` is called, and back when `back` is set."""

    back: asyncio.Event = field(default_factory=asyncio.Event)
    is_shaky: bool = False

    async def ready(self, host: Host) -> None:
        if self.is_shaky:
            host.log.tell(LOST)
            await self.back.wait()
            host.log.tell(BACK)


@dataclass
class Looking(Simple):
    """A step that is looked at over a connection."""

    line: Line = field(default_factory=Line)

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        await self.line.ready(host)
        return await super().look(host, answers)


@dataclass
class Making(Doing):
    """A change that is made over a connection."""

    line: Line = field(default_factory=Line)

    async def perform(self, host: Host, report: Report) -> None:
        report("a line before")
        await self.line.ready(host)
        await super().perform(host, report)


def far_away(line: Line) -> Imagined:
    world = imagined()
    world.services["server"] = Looking("server", "Server", changes=[Making("/etc/one", "/etc/one", line=line)])
    return world


async def until(pilot: Pilot[int], words: str) -> str:
    """What the screen shows, as soon as these words are there."""
    for _ in range(200):
        if words in (shown := text_of(pilot.app)):
            return shown
        await pilot.pause(0.05)
    return pytest.fail(f"{words!r} is not shown:\n{text_of(pilot.app)}")


async def begun(pilot: Pilot[int]) -> MailwizardApp:
    """The step Server is open, with a change to make."""
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)
    app = pilot.app
    assert isinstance(app, MailwizardApp) and "1 change to make" in text_of(app)
    return app


async def test_the_live_log_of_a_change_says_it() -> None:
    line = Line()
    async with app_of(far_away(line)).run_test(size=SIZE) as pilot:
        await begun(pilot)
        line.is_shaky = True
        await pilot.press("a")
        await until(pilot, f" {LOST}")  # in the live log
        shown = await until(pilot, SAID)  # and in the status line
        assert "a line before" in shown and "[>] /etc/one" in shown
        line.back.set()
        await settled(pilot)
        assert SAID not in text_of(pilot.app)


async def test_a_look_says_it() -> None:
    line = Line()
    world = far_away(line)
    service = world.services["server"]
    assert isinstance(service, Looking)
    async with app_of(world).run_test(size=SIZE) as pilot:
        await begun(pilot)
        service.line, line.is_shaky = line, True
        await pilot.press("r")
        await until(pilot, SAID)
        line.back.set()
        await settled(pilot)
        assert "1 change to make" in text_of(pilot.app)


async def test_the_first_look_at_everything_says_it() -> None:
    line = Line(is_shaky=True)
    world = far_away(line)
    world.services["server"] = Looking("server", "Server", line=line)
    async with app_of(world).run_test(size=SIZE) as pilot:
        await until(pilot, SAID)
        line.back.set()
        await settled(pilot)


@pytest.mark.parametrize("why", ["", "You are not root: start mailwizard with sudo."])
async def test_the_health_view_says_it_while_it_looks(why: str) -> None:
    line = Line()
    world = far_away(line)
    world.services["server"] = Looking("server", "Server", line=line)
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP})
    app = app_of(world, host)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.wizard.read_only_because = why
        line.is_shaky = True
        await pilot.press("h")
        await until(pilot, SAID)
        line.back.set()
        await settled(pilot)
        assert isinstance(app.screen, HealthScreen)
        assert SAID not in text_of(app) and BACK not in text_of(app) and why in text_of(app)
        heard = app.wizard.listen
        await pilot.press("escape")
        await settled(pilot)
        assert app.wizard.listen != heard  # the screen below hears for itself again
