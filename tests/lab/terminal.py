"""A terminal on the administrator's desk: an ssh session to the VPS in tmux, typed into and read like a person does."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
import uuid
from types import TracebackType

from tests.lab.machine import LAB, Lab, Ran


class Terminal:
    """`with Terminal(lab, "mailwizard") as terminal:` starts a command over `ssh -t`; leaving it closes the window.

    Closing the window is what a lost connection looks like: the command gets SIGHUP.
    """

    def __init__(self, lab: Lab, command: str, user: str = "root", columns: int = 80, rows: int = 24) -> None:
        self.lab, self.command, self.user, self.size = lab, command, user, (columns, rows)
        self.socket = f"mailwizard-{uuid.uuid4().hex[:8]}"

    def __enter__(self) -> Terminal:
        columns, rows = map(str, self.size)
        session = shlex.join([str(LAB), "ssh", "-t", "-u", self.user, self.command])
        start = ("new-session", "-d", "-x", columns, "-y", rows, "-s", "t", session)
        self._tmux("-f", "/dev/null", *start, ";", "set", "-g", "remain-on-exit", "on").must()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tmux("kill-server")

    def screen(self) -> str:
        """Return what stands on the screen, as plain text."""
        return self._tmux("capture-pane", "-pt", "t").must().stdout

    def wait_for(self, pattern: str, patience: float = 30) -> str:
        """Wait until the screen matches a regular expression; return the screen. Else raise AssertionError with it."""
        end = time.monotonic() + patience
        while not re.search(pattern, screen := self.screen(), re.MULTILINE):
            if time.monotonic() > end:
                raise AssertionError(f"{pattern!r} did not come up in {patience} s; the screen:\n{screen}")
            time.sleep(0.1)
        return screen

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: "Enter", "Escape", "Tab", "Down", "C-c", "F1", "q"."""
        self._tmux("send-keys", "-t", "t", *keys).must()

    def type(self, text: str) -> None:
        """Type text, letter by letter."""
        self._tmux("send-keys", "-t", "t", "-l", text).must()

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size; the command gets SIGWINCH."""
        self._tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows)).must()

    def _tmux(self, *argv: str) -> Ran:
        command = ("tmux", "-L", self.socket, *argv)
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.lab.env | {"LANG": "C.UTF-8"}, timeout=30
        )
        return Ran(command, done.returncode, done.stdout, done.stderr)
