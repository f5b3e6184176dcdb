"""Mail from outside seen arriving, and the mail server's own log, each followed on a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mailwizard.demo.machine import DemoHost
from mailwizard.demo.world import DOMAIN, Unit
from mailwizard.finding import Status
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran
from mailwizard.mta.aliases_file import path_of
from screens.health import HealthScreen
from screens.mail_arrives import MailArrives
from screens.server_log import ServerLog
from screens.widgets.text import Text
from tests.screens.story import Story, story

ADDRESS = f"i@{DOMAIN}"
START = "abcdefghijk from=a.friend@gmail.com"
LOOKS = 400  # times 0.05 s


async def until(now: Story, words: str) -> str:
    """Waits until the screen shows `words`; what it shows then."""
    for _ in range(LOOKS):
        if words in " ".join(now.shown.split()):
            return now.shown
        await now.pilot.pause(0.05)
    raise AssertionError(f"{words!r} is not shown:\n{now.shown}")


@dataclass
class Journal:
    """Counts how often the journal is read; `error` is what journalctl says in its place."""

    now: Story
    asked: int = 0
    error: str = ""

    def __post_init__(self) -> None:
        host = self.now.wizard.host
        real = host.commands["journalctl", ...]  # type: ignore[attr-defined]

        def journal(argv: tuple[str, ...], stdin: bytes, env: dict[str, str]) -> object:
            self.asked += 1
            return Ran(argv, 1, "", self.error) if self.error else real(argv, stdin, env)

        host.commands["journalctl", ...] = journal  # type: ignore[attr-defined]


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Story, Journal]]:
    """The demonstration as far as its mail server goes, and its journal."""
    async with story() as now:
        world, host = now.world, now.wizard.host
        assert isinstance(host, DemoHost)
        world.packages["chasquid"] = "1.19.0-1"
        world.units["chasquid.service"] = Unit(enabled=True, active=True, since=world.now())
        host.files[path_of(DOMAIN)] = ImaginaryFile(b"i: somebody@gmail.com\n", 0o640)
        yield now, Journal(now)
        while len(now.app.screen_stack) > 2:  # what is followed ends with its page
            await now.pilot.press("escape")
            await now.pilot.pause()


async def test_mail_is_seen_arriving_and_stays_as_a_finding() -> None:
    async with receiving() as (now, _):
        await now.open("forwarding")
        now.app.screen.query_one("#watch").focus()
        await now.pilot.press("enter")
        await until(now, "Nothing yet. I look twice a second.")
        shown = await until(now, f"[~] still waited for: {ADDRESS}")
        assert f"Write now, from a mailbox elsewhere, to {ADDRESS}." in " ".join(shown.split())
        now.world.write(f"{START} queued ip=209.85.220.41:1 to=[{ADDRESS}]", mail=True)
        await until(now, "The line i of the aliases takes it, to somebody@gmail.com.")
        now.world.write(f"{START} to=somebody@gmail.com sent", mail=True)
        now.world.write(f"{START} all done", mail=True)
        await until(now, f"[x] arrived and passed on: {ADDRESS}")
        await now.pilot.press("escape")
        await until(now, "[x] Mail from outside")
        (seen,) = [one for one in now.wizard.steps[now.screen.at].findings if one.id == "forwarding.seen"]
        assert seen.status is Status.OK and "a.friend@gmail.com" in seen.found[0]


async def test_where_nothing_is_received_nothing_is_watched() -> None:
    async with story() as now:
        now.wizard.draft.set_domain(0, "receive", False)
        await now.open("forwarding")
        assert "Watch mail arrive" not in now.shown
        await now.press("w")
        assert not isinstance(now.app.screen, MailArrives)


async def test_a_log_that_cannot_be_read_is_told_and_tried_again() -> None:
    async with receiving() as (now, journal):
        await now.open("forwarding")
        journal.error = "No journal files were opened due to insufficient permissions."
        await now.pilot.press("w")
        await until(now, "The log can be watched no more:")
        journal.error = ""
        await now.pilot.press("r")
        await until(now, f"[~] still waited for: {ADDRESS}")


async def test_the_servers_log_is_followed_under_the_state_of_its_service() -> None:
    async with receiving() as (now, _):
        now.world.write("an older line")
        await now.pilot.press("j")
        shown = await until(now, "an older line")
        assert "PID 4711, starts at boot" in shown and "never ended by itself since then" in shown
        now.world.write("☠ a line with [bold]markup[/bold] and \x1b[31mcolour")
        assert "☠ a line with [bold]markup[/bold] and \\x1b[31mcolour" in await until(now, "colour")
        now.world.unit("chasquid.service").active = False
        await until(now, "does not run (success, exit code 0), starts at boot")


async def test_it_opens_in_the_health_view_and_over_a_page_and_only_once() -> None:
    async with story() as now:
        await now.press("h")
        assert isinstance(now.app.screen, HealthScreen)
        await now.pilot.press("j")
        await until(now, "Nothing was logged yet.")
        await now.pilot.press("j")
        await now.pilot.pause()
        assert [type(screen) for screen in now.app.screen_stack].count(ServerLog) == 1
        await now.pilot.press("escape", "escape", "l", "j")
        await until(now, "Nothing was logged yet.")
        await now.pilot.press("escape", "escape")


async def test_while_one_reads_further_above_the_page_stays() -> None:
    async with receiving() as (now, _):
        for number in range(60):
            now.world.write(f"line number {number}.")
        await now.pilot.press("j")
        await until(now, "line number 59.")
        await now.pilot.press("home")
        await until(now, "line number 0.")
        now.world.write("the newest line")
        lines = now.app.screen.query_one("#lines", Text)
        for _ in range(LOOKS):
            if "the newest line" in lines.shown:
                break
            await now.pilot.pause(0.05)
        assert "line number 0." in now.shown
        await now.pilot.press("end")
        await until(now, "the newest line")


async def test_nothing_is_asked_when_the_page_is_left_and_nothing_drawn_when_nothing_came() -> None:
    async with receiving() as (now, journal):
        await now.pilot.press("j")
        await until(now, "Nothing was logged yet.")
        drawn: list[str] = []
        lines = now.app.screen.query_one("#lines", Text)
        lines.update = lambda *args, **kwargs: drawn.append("drawn")  # type: ignore[method-assign,assignment]
        before = journal.asked
        while journal.asked < before + 2:
            await now.pilot.pause(0.05)
        assert drawn == []
        await now.pilot.press("escape")
        await now.pilot.pause()
        asked = journal.asked
        await now.pilot.pause(1.5)  # longer than between two looks
        assert journal.asked == asked


async def test_a_log_that_ends_is_told() -> None:
    async with receiving() as (now, journal):
        await now.pilot.press("j")
        await until(now, "Nothing was logged yet.")
        journal.error = "No journal files were opened due to insufficient permissions."
        shown = await until(now, "The log can be followed no more: The system's journal may not be read by this user.")
        assert "Press r to try again." in " ".join(shown.split())
