"""What the screens cost on a line: the demonstration on a terminal of its own, beside a bare Textual application.

Run it from the checkout: `python tests/bench/over_pty.py`. It prints a table and ends with 1 when an aim is missed.
"""

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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Static
class Bare(App):
    def compose(self):
        yield Header()
        yield Static("hello")
        yield Footer()
Bare().run(mouse=False)
"""
ROWS, COLUMNS = 24, 80
QUIET = 0.5  # seconds without a byte: it is painted


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", COLUMNS=str(COLUMNS), LINES=str(ROWS))
            os.execv(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, seconds: float, quiet: float = 0) -> tuple[bytes, float]:
        """What comes within `seconds` (until `quiet` seconds without a byte), and when its last byte came."""
        got, end, last = b"", time.monotonic() + seconds, time.monotonic()
        while (now := time.monotonic()) < end and not (quiet and got and now - last > quiet):
            if select.select([self.fd], [], [], 0.02)[0]:
                try:
                    got += os.read(self.fd, 65536)
                except OSError:
                    break
                last = time.monotonic()
        return got, last - self.began

    def send(self, keys: bytes, seconds: float = 3) -> bytes:
        """What comes after these keys."""
        os.write(self.fd, keys)
        return self.read(seconds, QUIET)[0]

    @property
    def memory(self) -> float:
        """Resident, MiB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0

    def end(self) -> None:
        """Ends it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@dataclass(frozen=True)
class Row:
    """A figure, and the most that it may be."""

    what: str
    figure: float
    unit: str
    most: float

    @property
    def holds(self) -> bool:
        """True when the aim is met."""
        return self.figure <= self.most

    def __str__(self) -> str:
        word = "ok   " if self.holds else "SHORT"
        return f"{word} {self.what:<34} {self.figure:9.2f} {self.unit:<5} at most {self.most:g}"


def started(argv: Sequence[str], words: bytes) -> tuple[Terminal, float]:
    """The program, and the seconds until these words of its first picture stood on the terminal."""
    terminal, got = Terminal(argv), b""
    while words not in got and time.monotonic() - terminal.began < 10:
        got += terminal.read(0.005)[0]
    return terminal, time.monotonic() - terminal.began


def measured() -> list[Row]:
    """All figures."""
    bare, demo = [sys.executable, "-c", BARE], [sys.executable, "-m", "mailwizard", "demo"]
    pairs = []
    for _ in range(3):
        (one, bare_seconds), (other, seconds) = started(bare, b"hello"), started(demo, b"Ctrl+Q")
        one.read(1)
        pairs.append((seconds / bare_seconds, seconds, one.memory))
        one.end()
        other.end()
    ratio, seconds, memory = sorted(pairs)[1]
    demo_terminal = Terminal(demo)
    _, looked = demo_terminal.read(10, QUIET)
    rows = [
        Row("first paint", seconds, "s", 1.0),
        Row("first paint, bare Textual's is 1", ratio, "", 1.5),
        Row("everything looked at and shown", looked, "s", 2.0),
        Row("idle", len(demo_terminal.read(5)[0]) / 5, "B/s", 0),
        Row("welcome to the first step", len(demo_terminal.send(b"\r")) / 1000, "KB", 10),
        Row("memory after looking, bare's is 1", demo_terminal.memory / memory, "", 1.6),
    ]
    rows += _steps(demo_terminal)
    demo_terminal.end()
    return rows


def _steps(terminal: Terminal) -> list[Row]:
    """Goes on to the second step, and applies what the third one would change."""
    rows = [Row("apply, two changes", len(terminal.send(b"a", 4)) / 1000, "KB", 20)]
    rows.append(Row("a step to the next", len(terminal.send(b"\r", 4)) / 1000, "KB", 10))
    terminal.send(b"\r", 4)
    terminal.send(b"\r", 4)
    terminal.send(b"a", 12)  # addresses
    terminal.send(b"\r", 4)
    began = time.monotonic()
    said, _ = terminal.read(0.1)
    os.write(terminal.fd, b"a")  # certificate: acme.sh is installed and run
    said, _ = terminal.read(8, 2)
    seconds = max(time.monotonic() - began - 2, 1)
    rows.append(Row("the live log", len(said) / 1000 / seconds, "KB/s", 4))
    return rows


def main() -> int:
    """Prints the table."""
    rows = measured()
    print("\n".join(map(str, rows)))
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
