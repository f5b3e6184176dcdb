"""Every key of every screen is pressed, and does what it is there for. A key that no row names fails the last test."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip

import screens
from mailwizard.assets import read
from mailwizard.demo.world import HOSTNAME, IPV4
from mailwizard.standing import Standing
from screens.health import HealthScreen
from screens.mail_arrives import MailArrives
from screens.mail_programs import MailPrograms
from screens.modals import Choice, TextPage
from screens.record_page import RecordPage
from screens.search import SearchPage
from screens.server_log import ServerLog
from screens.widgets.choose import Choose
from screens.widgets.lines import Lines
from screens.widgets.text import Text
from screens.widgets.watched import Watched
from screens.wizard import WizardScreen
from tests.screens.story import Story, story
from tests.screens.terminal import terminal

Place = Callable[[Story], Awaitable[None]]
Seen = Callable[[Story], bool]
PATIENCE = 500  # times 0.02 s


@dataclass(frozen=True)
class Row:
    """At a place a key of a screen or widget is pressed; what is seen then was not so before."""

    owner: str
    key: str
    place: Place
    seen: Seen


async def pressed(now: Story, *keys: str) -> None:
    """Keys; some pages are at work as long as they are open, so nothing is waited for but the screen."""
    await now.pilot.press(*keys)
    await now.pilot.pause()


def at(step: str, part: str = "", *keys: str) -> Place:
    """A step is opened, a part of it has the focus, some keys were pressed."""

    async def go(now: Story) -> None:
        await now.open(step)
        if part:
            now.app.screen.query_one(part).focus()
        await pressed(now, *keys)

    return go


def then(place: Place, *steps: Callable[[Story], object]) -> Place:
    """A place, and something that happens there."""

    async def go(now: Story) -> None:
        await place(now)
        for step in steps:
            if isinstance(came := step(now), Awaitable):
                await came
        await now.pilot.pause()

    return go


def focus(part: str) -> Callable[[Story], object]:
    return lambda now: now.app.screen.query_one(part).focus()


async def rename(now: Story) -> None:
    """Somebody renames the machine: a look sees it."""
    await now.wizard.host.write("/proc/sys/kernel/hostname", b"another-name\n", mode=0o644)
    now.wizard.forget()


def ask(now: Story) -> None:
    now.app.push_screen(Choice("A question", "What now?", {"retry": "Try again", "quit": "Quit"}))


def remember_lines(now: Story) -> None:
    now.app._standing = [Strip([])]


def shows(words: str) -> Seen:
    return lambda now: words in " ".join(now.shown.split())


def on(kind: type[Screen[object]]) -> Seen:
    return lambda now: isinstance(now.app.screen, kind)


def away_from(kind: type[Screen[object]]) -> Seen:
    return lambda now: not isinstance(now.app.screen, kind)


def focused(name: str) -> Seen:
    return lambda now: now.app.focused is not None and now.app.focused.id == name


def copied(text: str) -> Seen:
    return lambda now: now.app.clipboard == text


def line(part: str, number: int) -> Seen:
    return lambda now: now.app.screen.query_one(part, Lines).chosen == number


def turned(words: str) -> Seen:
    return lambda now: words in str(now.app.screen.query_one("#program", Choose).content)


def say_something(now: Story) -> None:
    now.app.screen.query_one("#said", Text).show("Something was said.")


def says_nothing(now: Story) -> bool:
    return not now.app.screen.query_one("#said", Text).shown


def tell_something(now: Story) -> None:
    now.app.screen.query_one(Watched).tell("Something was told.")


def is_told_no_more(words: str) -> Seen:
    return lambda now: not any(words in line for line in now.app.screen.query_one(Watched)._lines)


def a_record_stands(now: Story) -> bool:
    found = (finding for step in now.wizard.steps for finding in step.findings)
    return any(finding.id == "dns.a" and finding.cause != "missing" for finding in found)


EVIDENCE = at("addresses", "#found", "enter")
RECORD = at("records", "#records")
SEARCH = at("certificate", "#dns_plugin", "enter", *"dns")
PROGRAMS = at("welcome", "", "g")
SERVER_LOG = at("server", "", "j")
ARRIVES = at("forwarding", "#next", "w")
NO_PLAIN_PAGE = shows("This terminal has no plain page.")  # a test's terminal cannot be left; the last tests leave one
ROWS = [
    Row("MailwizardApp", "f1", at("server"), shows("Help: Server")),
    Row("MailwizardApp", "question_mark", at("server"), shows("Help: Keys")),
    Row("MailwizardApp", "ctrl+l", then(at("server"), remember_lines), lambda now: not now.app._standing),
    Row("MailwizardApp", "j", at("server"), on(ServerLog)),
    Row("ServerLog", "escape", SERVER_LOG, away_from(ServerLog)),
    Row("ServerLog", "q", SERVER_LOG, away_from(ServerLog)),
    Row(
        "ServerLog", "r", then(SERVER_LOG, say_something), lambda now: not now.app.screen.query_one("#said", Text).shown
    ),
    Row("WizardScreen", "l", at("server"), shows("Log: the last commands")),
    Row("WizardScreen", "escape", at("names"), shows("Server · mail.wizard-lab.example")),
    Row("WizardScreen", "h", at("server"), on(HealthScreen)),
    Row("WizardScreen", "g", at("senders"), on(MailPrograms)),
    Row("Welcome", "down", at("welcome"), focused("around")),
    Row("Welcome", "up", at("welcome", "#around"), focused("go")),
    Row("Summary", "down", at("summary", "#quit"), focused("again")),
    Row("Summary", "up", at("summary", "#again"), focused("quit")),
    Row("Press", "right", at("welcome"), focused("around")),
    Row("Press", "left", at("welcome", "#around"), focused("go")),
    Row("Press", "enter", at("welcome"), shows("What I found")),
    Row("Press", "space", at("welcome"), shows("What I found")),
    Row("StepView", "down", at("addresses", "#ipv4"), focused("ipv6")),
    Row("StepView", "up", at("addresses", "#ipv6"), focused("ipv4")),
    Row("StepView", "r", then(at("server"), rename), shows("another-name")),
    Row("StepView", "a", at("server"), lambda now: now.standings["server"] is Standing.DONE),
    Row("HosterStep", "t", at("reverse_dns", "#found"), shows("Contabo, by the network")),
    Row("Lines", "down", at("addresses", "#found"), line("#found", 1)),
    Row("Lines", "up", at("addresses", "#found", "down"), line("#found", 0)),
    Row("Lines", "enter", at("addresses", "#found"), on(TextPage)),
    Row("Records", "c", RECORD, copied(IPV4)),
    Row("Records", "n", RECORD, copied("mail")),
    Row("Records", "f", RECORD, shows("All records stand in /root/")),
    Row("Records", "p", RECORD, NO_PLAIN_PAGE),
    Row("Records", "d", RECORD, focused("dmarc_policy_0")),
    Row("Records", "s", RECORD, focused("spf_include_0")),
    Row("Records", "enter", RECORD, on(RecordPage)),
    Row("RecordPage", "n", at("records", "#records", "enter"), copied("mail")),
    Row("TextPage", "escape", EVIDENCE, away_from(TextPage)),
    Row("TextPage", "q", EVIDENCE, away_from(TextPage)),
    Row("TextPage", "enter", EVIDENCE, away_from(TextPage)),
    Row("TextPage", "c", at("records", "#records", "enter"), copied(IPV4)),
    Row("TextPage", "p", EVIDENCE, NO_PLAIN_PAGE),
    Row("TextPage", "j", EVIDENCE, on(ServerLog)),
    Row("Choice", "j", then(at("server"), ask), on(ServerLog)),
    Row("Choice", "down", then(at("server"), ask), focused("quit")),
    Row("Choice", "up", then(then(at("server"), ask), focus("#quit")), focused("retry")),
    Row("Choice", "escape", then(at("server"), ask), away_from(Choice)),
    Row("Searched", "enter", at("certificate", "#dns_plugin"), on(SearchPage)),
    Row("Searched", "space", at("certificate", "#dns_plugin"), on(SearchPage)),
    Row("SearchPage", "down", SEARCH, line("#fitting", 1)),
    Row("SearchPage", "up", at("certificate", "#dns_plugin", "enter", *"dns", "down"), line("#fitting", 0)),
    Row("SearchPage", "escape", SEARCH, away_from(SearchPage)),
    Row("HealthScreen", "r", then(at("server", "", "h"), rename), shows("another-name")),
    Row("HealthScreen", "slash", at("server", "", "h"), focused("filter")),
    Row("HealthScreen", "escape", at("server", "", "h"), away_from(HealthScreen)),
    Row("Forwarding", "w", at("forwarding", "#next"), on(MailArrives)),
    Row("MailArrives", "escape", ARRIVES, away_from(MailArrives)),
    Row("MailArrives", "r", then(ARRIVES, tell_something), is_told_no_more("Something was told.")),
    Row("Body", "down", then(PROGRAMS, focus("#program")), focused("values")),
    Row("Body", "up", then(PROGRAMS, focus("#program")), focused("sender")),
    Row("MailPrograms", "c", at("welcome", "", "g", "down"), copied("i@wizard-lab.example")),
    Row("MailPrograms", "p", PROGRAMS, NO_PLAIN_PAGE),
    Row("MailPrograms", "o", PROGRAMS, on(TextPage)),
    Row("MailPrograms", "r", then(PROGRAMS, lambda now: now.world.publish(HOSTNAME, "A", IPV4)), a_record_stands),
    Row("MailPrograms", "escape", PROGRAMS, away_from(MailPrograms)),
    Row("Choose", "right", then(PROGRAMS, focus("#program")), turned("2 of")),
    Row("Choose", "space", then(PROGRAMS, focus("#program")), turned("2 of")),
    Row("Choose", "left", then(PROGRAMS, focus("#program")), turned("4 of 4")),
    Row("Choose", "enter", then(PROGRAMS, focus("#program")), focused("values")),
    Row("Screen", "tab", at("addresses", "#ipv4"), focused("ipv6")),
    Row("Screen", "shift+tab", at("addresses", "#ipv6"), focused("ipv4")),
]
LEAVING = [("MailwizardApp", "ctrl+q"), ("MailwizardApp", "ctrl+c")]
OWNERS = list(dict.fromkeys(row.owner for row in ROWS))


async def becomes(now: Story, seen: Seen) -> bool:
    """True as soon as it is seen; False when it is not within ten seconds."""
    for _ in range(PATIENCE):
        if seen(now):
            return True
        await now.pilot.pause(0.02)
    return False


async def back(now: Story) -> None:
    """Leaves all that lies over the wizard's screen."""
    while not isinstance(now.app.screen, WizardScreen):
        await pressed(now, "escape")
    now.app._clipboard = ""


@pytest.mark.parametrize("owner", OWNERS)
async def test_the_keys_of(owner: str) -> None:
    async with story() as now:
        for row in (row for row in ROWS if row.owner == owner):
            await back(now)
            await row.place(now)
            assert not row.seen(now), f"{row.key} has nothing to do:\n{now.shown}"
            await pressed(now, row.key)
            assert await becomes(now, row.seen), f"{row.key} did nothing:\n{now.shown}"
        await back(now)


@pytest.mark.parametrize("place", [at("server"), EVIDENCE, at("server", "", "h"), at("addresses", "#ipv4")])
@pytest.mark.parametrize(("owner", "key"), LEAVING)
async def test_it_is_left_from_everywhere(owner: str, key: str, place: Place) -> None:
    async with story() as now:
        await place(now)
        await now.pilot.press(key)
        assert await becomes(now, lambda now: not now.app.is_running)
        assert now.app.return_code == 0


def test_the_plain_page_lies_outside_the_screens_and_enter_leads_back() -> None:
    with terminal() as program:
        program.until("I looked at this server")
        program.send("l")
        program.until("p plain page")
        program.send("p")
        program.until_written("Enter takes you back.")
        page = program.written.rpartition(b"\x1b[?1049l")[2]  # the terminal's own screen, where what is shown stays
        assert b"Log: the last commands" in page and b"\x1b[?1049h" not in page
        program.send("\n")
        assert "Log: the last commands" in program.until("Esc back")


def owned() -> Iterator[tuple[str, Binding]]:
    """Every binding of every screen and widget, with the name of its class."""
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        importlib.import_module(module.name)
    kinds = [DOMNode]
    for kind in kinds:
        kinds += [one for one in kind.__subclasses__() if one not in kinds]
    for kind in kinds:
        if kind.__module__.startswith("screens."):
            yield from (
                (kind.__name__, binding) for binding in Binding.make_bindings(kind.__dict__.get("BINDINGS", []))
            )


def test_every_key_is_pressed_by_a_test() -> None:
    tried = {(row.owner, row.key) for row in ROWS} | set(LEAVING)
    assert sorted({(name, binding.key) for name, binding in owned()} - tried) == []


def test_every_key_with_a_name_stands_on_the_page_of_keys() -> None:
    page = read("help/keys.md").replace("Esc", "escape").replace("?", "question_mark").replace(" / ", " slash ").lower()
    words = set(page.replace(",", " ").split())
    aliases = {"q", "enter"}  # of Esc, on a page that is only read
    assert sorted({binding.key for _, binding in owned() if binding.show} - words - aliases) == []
