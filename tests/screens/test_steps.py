"""A set-up walked through by keyboard, with what may go wrong on the way."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest

from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from screens.health import HealthScreen
from screens.help import HelpScreen
from screens.modals import Choice, TextPage
from screens.wizard import WizardScreen
from tests.screens.imagined import SETUP, Doing, Imagined, app_of, app_on, imagined, settled, text_of, wizard_of

PORT = Finding(
    "os.smtp_out_ipv4", Status.FAILED, "Outgoing port 25", "198.51.100.7", found=("refused",), fix="Ask for it."
)
SIZE = (80, 24)


def with_change(*lines: str, failures: int = 0, gate: asyncio.Event | None = None) -> Imagined:
    world = imagined()
    refused = HostError("apt-get failed: no space left")
    world.services["server"].findings = [PORT]
    world.services["server"].changes = [
        Doing("/etc/one", "/etc/one", lines=lines, failures=[refused] * failures, gate=gate)
    ]
    return world


async def test_every_step_is_walked_through_with_enter() -> None:
    app = app_of(imagined())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "All is done" in text_of(app)  # nothing is left, so it goes on at the end
        for title in ("Test mail", "Forwarding", "Senders", "Reverse DNS"):
            await pilot.press("escape")
            await settled(pilot)
            assert text_of(app).startswith(f" {title} · mail.wizard-lab.example")


async def test_apply_makes_the_changes_and_goes_on() -> None:
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP})
    app = app_of(with_change("a line", "[bold]of output"), host)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "[ Begin ]" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert "1 change to make" in text_of(app)
        assert app.focused is not None and app.focused.id == "apply"
        await pilot.press("enter")
        await settled(pilot)
        assert host.written[-2:] == ["/etc/one", "/var/lib/mailwizard/journal.jsonl"]
        assert "This holds. Go on." in text_of(app)
        assert app.focused is not None and app.focused.id == "next"
        await pilot.press("enter")
        await settled(pilot)
        assert text_of(app).startswith(" Names")


async def test_enter_shows_the_evidence_and_the_text_of_a_change() -> None:
    app = app_of(with_change())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        app.screen.query_one("#found").focus()
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, TextPage)
        assert "to fix    Ask for it." in text_of(app)
        await pilot.press("escape")
        app.screen.query_one("#changes").focus()
        await pilot.press("enter")
        await settled(pilot)
        assert "+[bold]not markup[/bold]" in text_of(app)


async def test_a_failed_change_is_offered_again() -> None:
    app = app_of(with_change(failures=1))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, Choice)
        shown = text_of(app)
        assert "no space left" in shown
        assert "[ Try again ]  [ Show the log ]  [ Go on without ]  [ Quit ]" in shown
        await pilot.press("enter")
        await settled(pilot)
        assert "This holds. Go on." in text_of(app)


async def test_a_step_that_others_need_cannot_be_skipped() -> None:
    world = with_change(failures=1)
    world.services["names"].needs = ("os.smtp_out_ipv4",)
    app = app_of(world)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "Go on without" not in text_of(app)


async def test_what_must_hold_first_is_said_instead_of_apply() -> None:
    world = imagined()
    world.services["server"].findings = [PORT]
    world.services["names"].changes = [Doing("/etc/two", "/etc/two")]
    world.services["names"].needs = ("os.smtp_out_ipv4",)
    app = app_of(world)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        shown = text_of(app)
        first = "First go back (Esc) to Server, where this does not hold yet: Outgoing port 25 198.51.100.7."
        assert first in " ".join(shown.split())
        assert "[ Apply ]" not in shown
        await pilot.press("a")
        await settled(pilot)
        assert "/etc/two" not in app.wizard.host.written  # type: ignore[attr-defined]


async def test_leaving_waits_for_the_change_in_hand() -> None:
    gate = asyncio.Event()
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP})
    world = with_change(gate=gate)
    world.services["server"].changes.append(Doing("/etc/two", "/etc/two"))
    app = app_of(world, host)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_working
        await pilot.press("escape")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert app.is_running and app.is_working
        assert "I finish the change in hand" in text_of(app)
        gate.set()
        await settled(pilot)
        assert app.return_code == 0
    assert "/etc/one" in host.written
    assert "/etc/two" not in host.written


async def test_looking_is_not_said_of_a_look_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(imagined())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen, late = app.screen, []
        assert isinstance(screen, WizardScreen)
        # a timer hands its call to the screen, which on a busy machine gets round to it when the timer is stopped
        monkeypatch.setattr(screen, "set_timer", lambda _, callback: late.append(callback) or Mock())
        await screen.open(0)
        await settled(pilot)
        assert late
        for callback in late:
            callback()
        await settled(pilot)
        assert "Looking ..." not in text_of(app)


async def test_an_empty_machine_is_asked_for_its_names() -> None:
    app = app_of(imagined(), setup="")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "nothing is set up yet" in text_of(app)
        screen = app.screen
        assert isinstance(screen, WizardScreen)
        await screen.open(app.wizard.number("senders"))
        await settled(pilot)
        assert "Answer Names first" in text_of(app)
        assert app.wizard.service("senders").looked == 0  # type: ignore[attr-defined]
        await screen.open(app.wizard.number("names"))
        await settled(pilot)
        await pilot.press(*"wizard-lab.example", "enter")
        await settled(pilot)
        assert "mail.wizard-lab.example" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.wizard.answers.server.hostname == "mail.wizard-lab.example"
        assert 'hostname = "mail.wizard-lab.example"' in app.wizard.host.text("/etc/mailwizard/setup.toml")  # type: ignore[attr-defined]


async def test_a_wrong_answer_is_explained_and_kept_out() -> None:
    app = app_of(imagined())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, WizardScreen)
        await screen.open(app.wizard.number("addresses"))
        await settled(pilot)
        app.screen.query_one("#ipv4").focus()
        await pilot.press(*"1.2.3", "enter")
        await settled(pilot)
        assert '! "1.2.3"' in text_of(app)
        assert app.wizard.answers.server.ipv4 == ""
        app.screen.query_one("#next").focus()
        await pilot.press("enter")
        await settled(pilot)
        assert text_of(app).startswith(" Addresses")
        assert app.focused is not None and app.focused.id == "ipv4"


@pytest.mark.parametrize("why", ["You are not root: start mailwizard with sudo.", "Another mailwizard is at work."])
async def test_who_may_not_change_gets_the_health_view_and_the_reason(why: str) -> None:
    wizard = wizard_of(with_change())
    wizard.read_only_because = why
    app = app_on(wizard)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, HealthScreen)
        assert why in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, HealthScreen)


async def test_help_keys_log_and_health_open_and_close() -> None:
    app = app_of(with_change("one line"))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for key, words in (
            ("f1", "Help: Welcome"),
            ("question_mark", "Help: Keys"),
            ("l", "Log:"),
            ("h", "1 failed"),
        ):
            await pilot.press(key)
            await settled(pilot)
            assert words in text_of(app)
            assert type(app.screen) in (HelpScreen, TextPage, HealthScreen)
            await pilot.press("escape")
            await settled(pilot)
            assert type(app.screen) is WizardScreen
