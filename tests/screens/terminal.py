"""A program on a pseudo-terminal, and what a terminal would show of what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = (sys.executable, "-m", "mailwizard", "demo")
_PART = re.compile(
    r"\x1b\[(?P<csi>[0-9;?<>=]*[ $]?[@-~])|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\"
    r"|\x1b[()][A-Z0-9]|\x1b[=>78cM]|(?P<text>[^\x1b])",
    re.DOTALL,
)


class Terminal:
    """What is written, and the exit status."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], rows: int, columns: int) -> None:
        self.written = b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            for name in ("NO_COLOR", "TMUX", "STY", "LC_ALL", "COLUMNS", "LINES"):
                os.environ.pop(name, None)
            os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", **env})
            os.execv(argv[0], list(argv))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._status: int | None = None

    def until(self, words: str, seconds: float = 30) -> str:
        """Reads until the screen shows `words`; what it shows then. Fails when they do not come."""
        end = time.monotonic() + seconds
        while words not in (shown := self.shown):
            assert time.monotonic() < end, f"{words!r} did not come; it shows:\n{shown}"
            self._read(0.1)
        return shown

    def until_written(self, words: str, seconds: float = 30) -> None:
        """Reads until `words` were written, though they may be gone again from the screen. Fails when they were not."""
        end = time.monotonic() + seconds
        while words.encode() not in self.written:
            assert time.monotonic() < end, f"{words!r} was never written; it shows:\n{self.shown}"
            self._read(0.02)

    def send(self, keys: str) -> None:
        """Types keys."""
        os.write(self.fd, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        os.kill(self.pid, number)

    def ended(self, seconds: float = 15) -> int:
        """The exit code; fails when it does not end."""
        end = time.monotonic() + seconds
        while self._status is None:
            assert time.monotonic() < end, f"it does not end; it shows:\n{self.shown}"
            self._read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
        self._read(0.1)
        return os.waitstatus_to_exitcode(self._status)

    def close(self) -> None:
        """Ends it, whatever it does."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.fd], [], [], left)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.written += data

    @property
    def shown(self) -> str:
        """The screen's lines, by the few sequences that are used: place, clear to the end, clear all."""
        return screen_of(self.written.decode("utf-8", "replace"))


def screen_of(written: str) -> str:
    """What a terminal shows after this was written to it."""
    rows: dict[int, dict[int, str]] = {}
    row = column = 0
    for part in _PART.finditer(written):
        csi, text = part["csi"], part["text"]
        if csi and csi[-1] in "Hf":
            numbers = [int(number or 1) for number in csi[:-1].split(";")] + [1, 1]
            row, column = numbers[0] - 1, numbers[1] - 1
        elif csi and csi[-1] == "K":
            rows[row] = {at: char for at, char in rows.get(row, {}).items() if at < column}
        elif csi in ("2J", "?1049h", "?1049l"):
            rows.clear()
        elif text == "\n":
            row, column = row + 1, column
        elif text == "\r":
            column = 0
        elif text and text >= " ":
            rows.setdefault(row, {})[column] = text
            column += 1
    lines = ("".join(rows[n].get(at, " ") for at in range(max(rows[n], default=-1) + 1)) for n in sorted(rows))
    return "\n".join(line.rstrip() for line in lines)


@contextmanager
def terminal(argv: Sequence[str] = DEMO, rows: int = 24, columns: int = 80, **env: str) -> Iterator[Terminal]:
    """A program on a terminal, ended at the end."""
    program = Terminal(argv, env, rows, columns)
    try:
        yield program
    finally:
        program.close()
