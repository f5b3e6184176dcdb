"""The demonstration: the real services and screens, gone through by keyboard alone."""

from __future__ import annotations

from mailwizard.standing import Standing
from screens.modals import Choice
from tests.screens.story import Story, story

MOST_KEYS = 60


async def test_the_whole_set_up_is_done_with_enter_and_arrows() -> None:
    async with story() as now:
        assert "demo: nothing here is real" in now.shown
        await now.press("enter")
        for _ in range(MOST_KEYS):
            await now.wait(20)
            focused = now.app.focused
            if now.screen.at == len(now.wizard.steps):
                break
            if focused is not None and focused.id == "apply":
                await now.press("enter")
            elif now.screen.help_name == "records" and now.standings["records"] is not Standing.DONE:
                await now.press("r")
                await now.press("a")
            elif focused is not None and focused.id == "next":
                await now.press("enter")
            else:
                await now.press("tab")
        left = {name: standing for name, standing in now.standings.items() if standing is not Standing.DONE}
        assert left == {"backup": Standing.NOT_CHOSEN, "test_mail": Standing.WAITING}
        await now.press("enter")  # the summary goes on with the one that is left
        assert now.screen.help_name == "test_mail"
        await _send(now)
        assert now.standings["test_mail"] is Standing.DONE
        await now.open("summary")
        assert "10/11" not in now.shown
        assert "All is done, and was seen to work." in now.shown


async def test_it_says_on_every_screen_that_it_is_a_demo() -> None:
    async with story() as now:
        for name in ("welcome", *now.standings, "summary"):
            await now.open(name)
            assert "demo: nothing here is real" in now.shown.splitlines()[0]
        await now.press("h")
        assert " · demo · " in now.shown.splitlines()[0]
        await now.press("escape")
        for key in ("f1", "question_mark", "l", "g", "j"):
            await now.pilot.press(key)
            await now.pilot.pause()
            assert now.shown.splitlines()[0].endswith(" · demo"), key
            await now.press("escape")


async def test_a_mirror_that_is_down_is_told_and_tried_again() -> None:
    async with story() as now:
        for name in ("server", "addresses", "certificate"):
            await now.apply(name)
        now.world.mirror_is_down = True
        await now.apply("mail_server")
        assert isinstance(now.app.screen, Choice)
        assert "package list could not be fetched" in " ".join(now.shown.split())
        assert "Go on without" not in now.shown  # later steps need a mail server
        now.world.mirror_is_down = False
        await now.press("enter")
        assert now.standings["mail_server"] is Standing.DONE


async def test_what_an_interrupted_run_left_is_told_and_gone_on_with() -> None:
    async with story() as now:
        await now.apply("server")
        now.world.mirror_is_down = True
        await now.apply("certificate")
        await now.press("escape")
        await now.open("welcome")
        assert "Welcome back." in now.shown
        assert "begun       Certificate:" in now.shown
        assert "[ Go on with Addresses ]" in now.shown


async def _send(now: Story) -> None:
    now.app.screen.query_one("#recipient").focus()
    await now.press(*"somebody@gmail.com")
    now.app.screen.query_one("#send").focus()
    await now.press("enter")


async def test_a_test_mail_is_sent_with_the_password_that_was_made() -> None:
    async with story() as now:
        await now.do_all()
        await now.open("test_mail")
        assert now.standings["test_mail"] is Standing.WAITING
        await _send(now)
        assert now.standings["test_mail"] is Standing.DONE
        assert "The mail server of somebody@gmail.com took the message" in now.shown
        password = next(iter(now.wizard.services.senders.generated.values())).reveal()
        assert password not in "\n".join(now.wizard.host.log.tail)
