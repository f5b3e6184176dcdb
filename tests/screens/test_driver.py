"""A line that stalls is not waited for, and one that is gone ends the program after the change in hand."""

from __future__ import annotations

import os
import signal
import time

from tests.screens.terminal import Terminal, terminal


def stall(program: Terminal) -> None:
    """Makes it draw far more than a line holds, and reads none of it."""
    for _ in range(150):
        program.send("\x0c")
        time.sleep(0.07)


def ended_unread(program: Terminal, seconds: float = 60) -> int:
    """The exit code, when nobody reads what it writes; fails when it does not end."""
    end = time.monotonic() + seconds
    while program._status is None:
        assert time.monotonic() < end, "it does not end"
        pid, status = os.waitpid(program.pid, os.WNOHANG)
        if pid:
            program._status = status
        time.sleep(0.05)
    return os.waitstatus_to_exitcode(program._status)


def test_a_stalled_line_is_not_waited_for() -> None:
    with terminal() as program:
        program.until("[ Begin ]")
        stall(program)
        program.signal(signal.SIGTERM)
        assert ended_unread(program) == 128 + signal.SIGTERM


def test_all_is_shown_when_a_stalled_line_moves_again() -> None:
    with terminal() as program:
        program.until("I looked at this server")
        stall(program)
        program.send("?")
        time.sleep(1)
        program.until("Help: ")
        program.send("\x1b")
        assert "[ Look around first ]" in program.until("I looked at this server")


def test_a_terminal_that_is_gone_ends_it_when_the_change_in_hand_is_made() -> None:
    with terminal() as program:
        program.until("I looked at this server")
        program.send("\r")
        program.until("[ Apply ]")
        program.send("a")
        for title in ("Names", "Addresses"):
            program.until("This holds. Go on.")
            program.send("\r")
            program.until(f" {title} · ")
        program.until("[ Apply ]")
        program.send("a")  # several commands: it takes long enough to be seen
        program.until_written("What is being done")
        os.close(program.fd)
        program.fd = os.open(os.devnull, os.O_RDWR)
        assert ended_unread(program) == 128 + signal.SIGHUP
