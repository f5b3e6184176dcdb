"""The real program on terminals of all kinds."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest

from tests.screens.terminal import terminal

SECRET = "hunter2-hunter2"
CRASH = f"""
import sys
from mailwizard.cli import main
from mailwizard.wizard import Wizard
async def look(self, name):
    token = "{SECRET}"
    raise ZeroDivisionError(token)
Wizard.look = look
sys.exit(main(["demo"]))
"""


@pytest.mark.parametrize("term", ["xterm-256color", "linux", "vt220", "screen", "tmux-256color"])
def test_it_works_on(term: str) -> None:
    with terminal(TERM=term) as program:
        program.until("[ Begin ]")
        program.send("\r")
        program.until("What I found")
        program.send("\x11")  # Ctrl+Q
        assert program.ended() == 0


def test_a_dumb_terminal_is_refused_in_a_line() -> None:
    with terminal(TERM="dumb") as program:
        assert program.ended() == 2
        assert b"ssh -t" in program.written
        assert b"\x1b" not in program.written


def test_a_serial_line_without_a_size_is_taken_for_80_by_24() -> None:
    with terminal(rows=0, columns=0) as program:
        lines = program.until("[ Begin ]").splitlines()
        assert lines[1] == "─" * 80


def test_a_locale_without_utf_8_gets_ascii_alone() -> None:
    with terminal(LC_ALL="C", LANG="C") as program:
        program.until("[ Begin ]")
        program.send("\r")
        shown = program.until("What I found")
        assert program.written.isascii()
        assert "-" * 80 in shown
        assert "> Call this server" in shown


def test_no_color_means_no_colour() -> None:
    with terminal(NO_COLOR="1") as program:
        program.until("[ Begin ]")
        colours = re.findall(rb"\x1b\[[0-9;]*m", program.written)
        assert colours
        assert not [one for one in colours if re.search(rb"[34]8;[25];|\b[34][0-7]\b|\b9[0-7]\b", one)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_order(number: signal.Signals, code: int) -> None:
    with terminal() as program:
        program.until("[ Begin ]")
        program.signal(number)
        assert program.ended() == code
        assert b"\x1b[?1049l" in program.written  # the terminal is as it was


def test_a_hang_up_in_the_middle_of_an_apply_finishes_the_change_in_hand() -> None:
    with terminal() as program:
        program.until("[ Begin ]")
        program.send("\r")
        program.until("2 changes to make")
        program.send("a")
        program.signal(signal.SIGHUP)
        assert program.ended() == 129


def test_a_crash_shows_no_secret_and_says_where_its_report_is(tmp_path: Path) -> None:
    with terminal((sys.executable, "-c", CRASH), TMPDIR=str(tmp_path)) as program:
        assert program.ended() == 1
        assert SECRET.encode() not in program.written
        assert b"\x1b[?1049l" in program.written
        found = re.search(rb"the report is (\S+\.txt)", program.written)
        assert found is not None
        report = Path(found[1].decode())
        assert report.stat().st_mode & 0o777 == 0o600
        text = report.read_text()
        assert "ZeroDivisionError" in text
        assert SECRET not in text.replace(f'token = "{SECRET}"', "")
        report.unlink()


@pytest.mark.parametrize(("words", "code"), [((), 1), (("health",), 3)], ids=["wizard", "health"])
def test_a_machine_that_is_not_reached_is_told_on_the_terminal(
    words: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    argv = (sys.executable, "-m", "mailwizard", "--host", "nobody@127.0.0.1:1", *words)
    with terminal(argv, HOME=str(tmp_path)) as program:
        assert program.ended() == code
        assert b"mailwizard: 127.0.0.1 port 1" in program.written and b"Traceback" not in program.written


def test_wrong_answers_are_told_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text('schema = 1\n[server]\nhostname = "x"\n')
    for words in ((), ("health",)):
        argv = (sys.executable, "-m", "mailwizard", "--answers", str(tmp_path / "setup.toml"), *words)
        with terminal(argv) as program:
            assert program.ended() == 2
            assert b'mailwizard: setup.toml: server.hostname: "x" is no full name' in program.written
