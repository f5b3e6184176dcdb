"""A password typed on a terminal: without echo, twice when it is new, and however the user ends it."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.terminal import Terminal

ANSWERS = """\
schema = 1
[server]
hostname = "mail.wizard-lab.invalid"
[[domain]]
name = "wizard-lab.invalid"
"""
QUESTION = "Password of i@wizard-lab.invalid: "


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Terminal]:
    """`sender add`, when it has asked. The server is one that nobody reaches: no test of these comes so far."""
    (tmp_path / "setup.toml").write_text(ANSWERS)
    words = ("--answers", str(tmp_path / "setup.toml"), "--host", "nobody@127.0.0.1:1", "sender", "add")
    argv = (sys.executable, "-m", "mailwizard", *words, "i@wizard-lab.invalid")
    terminal = Terminal(argv, {"HOME": str(tmp_path)}, 24, 80)
    try:
        terminal.until_written(QUESTION)
        yield terminal
    finally:
        terminal.close()


def has_echo(terminal: Terminal) -> bool:
    """Whether what is typed would be seen."""
    return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)


def test_nothing_typed_is_seen(asked: Terminal) -> None:
    asked.send("hunter2\r")
    asked.until_written("Once more: ")
    asked.send("hunter3\r")
    asked.until_written("The two passwords differ.")
    assert asked.ended() == 2 and b"hunter" not in asked.written


def test_ctrl_c_ends_it_at_once(asked: Terminal) -> None:
    asked.send("hun\x03")
    asked.until_written("mailwizard: Stopped.")
    assert has_echo(asked) and asked.ended() == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_with_its_echo(asked: Terminal, number: signal.Signals) -> None:
    asked.signal(number)
    asked.until_written("mailwizard: Stopped.")
    assert has_echo(asked) and asked.ended() == 130


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("\x04", "An empty password is none."),
        ("\r", "An empty password is none."),
        ("hun\x1bter\r", "The password has a control character"),
    ],
)
def test_what_is_no_password_is_told(asked: Terminal, typed: str, says: str) -> None:
    asked.send(typed)
    asked.until_written(says)
    assert asked.ended() == 2 and b"Something went wrong" not in asked.written


def test_a_terminal_of_another_encoding_is_told(asked: Terminal) -> None:
    os.write(asked.fd, b"h\xfcnter\r")
    asked.until_written("What was typed is not UTF-8")
    assert asked.ended() == 2
