"""What is the same is not sent again, and the terminal shows the same as Textual means to show."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.thrift import Difference
from tests.screens.imagined import app_of, imagined, settled
from tests.screens.terminal import screen_of, terminal


def rendered(*segments: Segment) -> str:
    return Difference([(4, Strip(list(segments)))]).render_segments(Console(color_system="standard"))


def test_blanks_at_a_lines_end_are_cleared_and_not_sent() -> None:
    said = rendered(Segment("word   "), Segment("     ", Style(bold=True)))
    assert said == "\x1b[5;1Hword\x1b[0m\x1b[K"


def test_blanks_that_can_be_seen_are_sent() -> None:
    said = rendered(Segment("word"), Segment("   ", Style(reverse=True)))
    assert "   " in said
    assert "\x1b[K" not in said


async def test_nothing_is_sent_when_nothing_is_different() -> None:
    app = app_of(imagined())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        first = app._difference(app.screen)
        assert first is not None and len(first._lines) == 24
        assert app._difference(app.screen) is None
        await pilot.press("tab")
        await settled(pilot)
        second = app._difference(app.screen)
        assert second is not None and 1 <= len(second._lines) <= 2
        app.forget_terminal()
        third = app._difference(app.screen)
        assert third is not None and len(third._lines) == 24


def test_the_terminal_shows_the_whole_screen_after_many_changes() -> None:
    with terminal() as program:
        program.until("[ Begin ]")
        for keys, words in (
            ("\r", "What I found"),
            ("\x1bOP", "Help: Server"),
            ("\x1b", "2 changes to make"),
            ("h", "failed"),
        ):
            program.send(keys)
            program.until(words)
        before = len(program.written)
        program.send("\x0c")  # Ctrl+L draws everything anew
        program.until("failed")
        program.send("?")
        program.until("Help: Keys")
        program.send("\x1b")
        shown = program.until("seen at")
        drawn_anew = program.written[before:].decode()
        assert "mail.wizard-lab.example" in screen_of(drawn_anew)
        assert shown.splitlines()[0].startswith(" mail.wizard-lab.example")
        assert "Help" not in shown.replace("F1 help", "")
