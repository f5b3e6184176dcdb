"""The page of mail programs: what is to be typed, what is copied, what the log says meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from textual.pilot import Pilot

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.secret import Secret
from screens.app import MailwizardApp
from screens.help import HelpScreen
from screens.mail_programs import MailPrograms
from screens.modals import TextPage
from tests.screens.imagined import SETUP, Imagined, app_on, imagined, settled, text_of, wizard_of
from tests.unit.programs.setup import good

CASES = Path(__file__).parents[1] / "cases" / "screens"
DOMAIN = "wizard-lab.example"
ADDRESS = f"i@{DOMAIN}"
TWO = SETUP.replace('senders = ["i"]', 'senders = ["i", "jo"]\nreceive = true\nforward = { "*" = "me@gmail.com" }')
PATIENCE = 8.0


class ImaginedDns:
    """Google's name for Google's address, and nothing else."""

    async def resolve(self, name: str, type: str) -> Answer:
        known = {"PTR": "mail-sor-f41.google.com", "A": "209.85.220.41"}
        google = name.startswith("41.220.85.209") or name.endswith(".google.com")
        if not google or type not in known:
            return Answer(name, type, Outcome.NO_NAME)
        return Answer(name, type, Outcome.FOUND, (Record(name, type, 60, known[type]),))

    async def authoritative_lookup(self, name: str, type: str) -> Answer:
        return Answer(name, type, Outcome.UNKNOWN, why="timed out")


@dataclass
class Journal:
    """chasquid's log as journalctl(1) gives it."""

    lines: list[str] = field(default_factory=list)
    error: str = ""

    def say(self, argv: tuple[str, ...], stdin: bytes, env: object) -> str | Ran:
        if self.error:
            return Ran(argv, 1, "", self.error)
        after = next((int(word.partition("=")[2]) for word in argv if word.startswith("--after-cursor=")), 0)
        common = {"__REALTIME_TIMESTAMP": "1795000000000000"}
        entries = [{"__CURSOR": str(n), "MESSAGE": line, **common} for n, line in enumerate(self.lines, 1)]
        chosen = entries[-1:] if "--lines=1" in argv else entries[after:]
        return "".join(json.dumps(entry) + "\n" for entry in chosen)


@dataclass
class Page:
    """The page, open."""

    app: MailwizardApp
    pilot: Pilot[int]
    journal: Journal
    world: Imagined

    async def until(self, words: str) -> str:
        """Waits until the screen shows `words`; what it shows then."""
        for _ in range(int(PATIENCE / 0.05)):
            if words in " ".join(text_of(self.app).split()):
                return text_of(self.app)
            await self.pilot.pause(0.05)
        raise AssertionError(f"{words!r} is not shown:\n{text_of(self.app)}")


@asynccontextmanager
async def opened(setup: str = TWO, findings: list[Finding] | None = None) -> AsyncIterator[Page]:
    """The page, opened by g from the welcome, on a server where all holds that was not said otherwise."""
    journal, world = Journal(["an older line"]), imagined(without=())
    rename = {"mine.test": DOMAIN, "i@mine.test": ADDRESS}
    world.services["mail_server"].findings = [
        Finding(one.id, one.status, one.title, rename.get(one.subject, one.subject), found=one.found)
        for one in (good() if findings is None else findings)
    ]
    world.dns = ImaginedDns()  # type: ignore[attr-defined]
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": setup}, {("journalctl", ...): journal.say})
    app = app_on(wizard_of(world, host, setup))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("g")
        await pilot.pause()
        assert isinstance(app.screen, MailPrograms)
        yield Page(app, pilot, journal, world)
        while len(app.screen_stack) > 2:  # the watch ends with its page
            await pilot.press("escape")
            await pilot.pause()


async def test_gmail_is_shown_whole_on_80_by_24() -> None:
    async with opened() as page:
        shown = await page.until("I look twice a second.")
        assert shown == (CASES / "mail_programs_gmail.txt").read_text(encoding="utf-8")


async def test_a_page_longer_than_the_screen_opens_at_its_beginning_and_shows_the_value_under_the_cursor() -> None:
    bad = [replace(one, status=Status.FAILED, found=("it is not as it should be",)) for one in good()]
    async with opened(findings=bad) as page:
        shown = await page.until("I look twice a second.")
        assert "[!]" in shown and shown.splitlines()[1].startswith(" Sender ")
        lines = page.app.screen.query_one("#values")
        for _ in range(3):
            await page.pilot.press("down")
            await page.pilot.pause()
        body = page.app.screen.query_one("#text")
        cursor = lines.region.y + 3
        assert body.region.y <= cursor < body.region.bottom
        assert "SMTP Server" in text_of(page.app)


async def test_each_program_of_each_sender_is_chosen_by_arrows() -> None:
    async with opened() as page:
        page.app.screen.query_one("#program").focus()
        for words in ("Outgoing Server (SMTP)", "Edit SMTP Server List", "A phone, a printer or a script"):
            await page.pilot.press("right")
            shown = await page.until(words)
            assert "mail.wizard-lab.example" in shown and "465" in shown
        await page.pilot.press("up", "right")
        shown = await page.until("Nothing yet about jo@wizard-lab.example.")
        assert "User name     jo@wizard-lab.example  (all of it)" in shown
        assert "there is no IMAP" in " ".join(shown.split())


async def test_values_are_copied_and_a_password_is_not_shown() -> None:
    async with opened() as page:
        await page.pilot.press("down", "down", "down", "c")
        await page.until("Sent to your clipboard: mail.wizard-lab.example")
        assert page.app._clipboard == "mail.wizard-lab.example"
        await page.pilot.press("end", "c")
        await page.until("Nothing to copy here")
        page.world.senders.generated[ADDRESS] = Secret("abcde-fghij")
        await page.pilot.press("enter")
        shown = await page.until("Sent to your clipboard: the password")
        assert page.app._clipboard == "abcde-fghij" and "abcde" not in shown


async def test_the_log_is_followed_below() -> None:
    async with opened() as page:
        await page.until("I look twice a second.")
        page.journal.lines += [
            f"209.85.220.41:4 auth succeeded for {ADDRESS}",
            f"abcdefghijk from=x@gaia.bounces.google.com queued ip=209.85.1.1:25 to=[{ADDRESS}]",
        ]
        shown = await page.until("came in. It should be the one with the code.")
        assert "older line" not in shown
        page.journal.lines.append("abcdefghijk from=x@gaia.bounces.google.com to=me@gmail.com sent")
        await page.until("It was passed on to me@gmail.com, whose mail server took it.")


async def test_google_is_named_when_its_name_leads_back() -> None:
    async with opened() as page:
        await page.until("I look twice a second.")
        page.journal.lines.append(f"209.85.220.41:4 auth failed for {ADDRESS}")
        await page.until("Google (mail-sor-f41.google.com, 209.85.220.41) gave a wrong password")


async def test_a_journal_that_cannot_be_read_is_told_and_tried_again_by_r() -> None:
    async with opened() as page:
        await page.until("I look twice a second.")
        page.journal.error = "No journal files were opened due to insufficient permissions."
        await page.until("The log can be watched no more:")
        page.journal.error = ""
        await page.pilot.press("r")
        await page.until("Nothing yet about")


async def test_what_is_missing_is_said_above_the_values() -> None:
    bad = [
        Finding(one.id, Status.FAILED, one.title, one.subject, found=("an account that only receives",))
        if one.id == "senders.account"
        else one
        for one in good()
    ]
    async with opened(findings=bad) as page:
        shown = await page.until("cannot log in yet (an account that only receives): see the step Senders.")
        assert shown.index("[!]") < shown.index("SMTP Server")
        await page.pilot.press("end")
        await page.until("Reply from the same address")


async def test_the_records_and_the_help_open_from_here() -> None:
    async with opened() as page:
        await page.pilot.press("o")
        await page.until("For mail programs that ask wizard-lab.example")
        assert isinstance(page.app.screen, TextPage)
        assert "timed out" in text_of(page.app)
        await page.pilot.press("c")
        await page.pilot.press("escape", "f1")
        await page.until("Help: Mail programs")
        assert isinstance(page.app.screen, HelpScreen)


async def test_without_a_sender_it_says_so() -> None:
    async with opened(SETUP.replace('senders = ["i"]', "senders = []")) as page:
        await page.until("There is no sender yet.")
        await page.pilot.press("c", "r", "o", "p", "enter")
        assert isinstance(page.app.screen, MailPrograms)


async def test_of_many_senders_one_is_searched() -> None:
    many = ", ".join(f'"user{number}"' for number in range(12))
    async with opened(SETUP.replace('senders = ["i"]', f"senders = [{many}]")) as page:
        page.app.screen.query_one("#sender").focus()
        await page.pilot.press("enter")
        await page.pilot.pause()
        await page.pilot.press(*"user11", "enter")
        await page.until("Nothing yet about user11@wizard-lab.example.")


async def test_the_watch_ends_with_the_page() -> None:
    async with opened() as page:
        await page.until("I look twice a second.")
        await page.pilot.press("escape")
        await page.pilot.pause(0.7)
        host = page.app.wizard.host
        assert isinstance(host, ImaginaryHost)
        asked = len(host.ran)
        await page.pilot.pause(1.2)
        assert len(host.ran) == asked
