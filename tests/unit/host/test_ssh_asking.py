"""Logins that ask: a server of our own that wants answers, and a user at a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import paramiko
import pytest

from tests.screens.terminal import Terminal

ROOT = Path(__file__).parents[3]
OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Asks(paramiko.ServerInterface):
    """Wants a password and a code, by keyboard-interactive."""

    def get_allowed_auths(self, username: str) -> str:
        return "keyboard-interactive"

    def check_auth_none(self, username: str) -> int:
        return paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: bytes | str) -> paramiko.server.InteractiveQuery:
        query = paramiko.InteractiveQuery("", "")
        query.add_prompt("Password: ", False)
        query.add_prompt("Code: ", False)
        return query

    def check_auth_interactive_response(self, responses: Sequence[str]) -> int:
        return paramiko.AUTH_SUCCESSFUL if list(responses) == ["sesame", "123"] else paramiko.AUTH_FAILED


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """USER@HOST:PORT of a server that asks; its host key is accepted."""
    key = paramiko.ECDSAKey.generate()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                transport = paramiko.Transport(listening.accept()[0])
                transport.add_server_key(key)
                transport.start_server(event=threading.Event(), server=Asks())

    threading.Thread(target=serve, daemon=True).start()
    yield f"ops@127.0.0.1:{port}"
    listening.close()


def typed(where: str, *dialogue: tuple[str, str]) -> tuple[str, int]:
    """What `mailwizard plan` shows on a terminal, and its exit code; at each question the second is typed."""
    terminal, inside = pty.openpty()
    argv = [sys.executable, "-c", OWN_TERMINAL, sys.executable, "-m", "mailwizard", "--host", where, "plan"]
    program = subprocess.Popen(argv, stdin=inside, stdout=inside, stderr=inside, cwd=ROOT, start_new_session=True)
    os.close(inside)
    shown, answered, left = b"", 0, list(dialogue)
    with contextlib.suppress(OSError):  # how the end of a terminal is told
        while piece := os.read(terminal, 4096):
            shown += piece
            if left and left[0][0].encode() in shown[answered:]:
                answered = len(shown)
                os.write(terminal, left.pop(0)[1].encode())
    os.close(terminal)
    assert not left, shown
    return shown.decode(), program.wait()


PASSWORD, CODE = "Password of ops@127.0.0.1 port", ": Code: "


@pytest.mark.parametrize(
    "dialogue",
    [
        [(PASSWORD, "\x03")],
        [(PASSWORD, "sesame\n"), (CODE, "\x03")],
        [(PASSWORD, "no\n"), (CODE, "1\n"), (PASSWORD, "\x03")],
    ],
    ids=["the password", "the code", "the second time"],
)
def test_ctrl_c_at_a_question_ends_it_in_peace(where: str, dialogue: list[tuple[str, str]]) -> None:
    shown, code = typed(where, *dialogue)
    assert "Stopped. Start again to go on from here." in shown
    assert "Traceback" not in shown
    assert "xception" not in shown
    assert code == 1


def test_wrong_answers_are_asked_for_three_times(where: str) -> None:
    shown, code = typed(where, *[(PASSWORD, "no\n"), (CODE, "1\n")] * 3)
    assert "accepted no key and no password" in shown
    assert code == 1


def test_right_answers_let_in(where: str) -> None:
    shown, _ = typed(where, (PASSWORD, "sesame\n"), (CODE, "123\n"))
    assert "accepted no key" not in shown
    assert "sesame" not in shown


@pytest.fixture
def asked(where: str, tmp_path: Path) -> Iterator[Terminal]:
    """`plan`, when it has asked for the password."""
    argv = (sys.executable, "-m", "mailwizard", "--host", where, "plan")
    terminal = Terminal(argv, {"HOME": str(tmp_path)}, 24, 80)
    try:
        terminal.until_written(PASSWORD)
        yield terminal
    finally:
        terminal.close()


def test_what_is_no_text_is_told(asked: Terminal) -> None:
    os.write(asked.fd, b"ses\xfcme\r")
    asked.until_written("What was typed is not UTF-8")
    assert asked.ended() == 2 and b"Something went wrong" not in asked.written


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_question_at_once_with_the_echo_on(asked: Terminal, number: signal.Signals) -> None:
    asked.signal(number)
    asked.until_written("Stopped. Start again to go on from here.")
    assert termios.tcgetattr(asked.fd)[3] & termios.ECHO
    assert asked.ended() == 1 and b"Stopping." not in asked.written
