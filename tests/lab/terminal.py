"""A terminal on the administrator's desk: an ssh session to the VPS in tmux, typed into and read like a person does."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
import uuid
from collections.abc import Callable
from types import TracebackType

from tests.lab.machine import LAB, Lab, Ran

_SGR = re.compile(r"\x1b\[([\d;]*)m")
_THUMB = re.compile(r"[▁-█]\s*$")
_ENDED = "ended with exit status"
_KEPT = 6  # screens that a failure shows
_SCROLL_BAR = 76  # the first column that may be one's, in a terminal that is 80 wide


class Terminal:
    """`with Terminal(lab, "mailwizard") as terminal:` starts a command over `ssh -t`; leaving it closes the window.

    Closing the window is what a lost connection looks like: the command gets SIGHUP.
    """

    def __init__(self, lab: Lab, command: str, user: str = "root", columns: int = 80, rows: int = 24) -> None:
        self.lab, self.command, self.user, self.size = lab, command, user, (columns, rows)
        self.socket = f"mailwizard-{uuid.uuid4().hex[:8]}"
        self.seen: list[str] = []

    def __enter__(self) -> Terminal:
        columns, rows = map(str, self.size)
        session = self.session()
        session += f'; echo "{_ENDED} $?"; sleep infinity'  # tmux may lose what the last program of a window says
        start = ("new-session", "-d", "-x", columns, "-y", rows, "-s", "t", session)
        self._tmux("-f", "/dev/null", *start, ";", "set", "-g", "remain-on-exit", "on").must()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None and self.seen:
            shown = "\n".join(f"--- {number} before the end\n{s}" for number, s in enumerate(reversed(self.seen)))
            print(f"The last screens of {self.command}, the latest first:\n{shown}")
        self._tmux("kill-server")

    def session(self) -> str:
        """Return the shell command that runs in the window."""
        return shlex.join([str(LAB), "ssh", "-t", "-u", self.user, self.command])

    def screen(self) -> str:
        """Return what stands on the screen, as plain text."""
        shown = self._tmux("capture-pane", "-pt", "t").must().stdout
        if shown not in self.seen[-1:]:
            self.seen = [*self.seen, shown][-_KEPT:]
        return shown

    def wait_for(self, pattern: str, patience: float = 30) -> str:
        """Wait until the screen matches a regular expression; return the screen. Else raise AssertionError with it."""
        return self._wait(lambda screen: bool(re.search(pattern, screen, re.MULTILINE)), repr(pattern), patience)

    def wait_without(self, pattern: str, patience: float = 30) -> str:
        """Wait until nothing on the screen matches; return the screen. Else raise AssertionError with it."""
        return self._wait(lambda screen: not re.search(pattern, screen, re.MULTILINE), f"no {pattern!r}", patience)

    def wait_for_end(self, patience: float = 30) -> int:
        """Wait until the command has ended; return its exit status."""
        ended = re.search(rf"^{_ENDED} (\d+)$", self.wait_for(rf"^{_ENDED} \d+$", patience), re.MULTILINE)
        assert ended
        return int(ended[1])

    def go_to(self, words: str, key: str = "Tab", most: int = 60) -> None:
        """Press `key` until what has the focus stands in a row that begins with these words.

        A button is named as it is shown, "[ Apply ]": then it is the button itself that must have the focus.
        """
        stops = list[str]()
        for _ in range(most):
            found = self._focused_soon()
            stops += [row for _, row in found] or ["nothing"]
            if any(words == part or (words[0] != "[" and row.strip().startswith(words)) for part, row in found):
                return
            self.move(key)
        raise AssertionError(
            f"{key} did not come to {words!r} in {most} steps; the screen:\n{self.screen()}\nIt stopped at {stops}"
        )

    def focused(self) -> list[tuple[str, str]]:
        """Return what has the focus: the text in reverse (in a field it is the cursor alone), and its row's words.

        A scroll bar that comes or goes moves nothing: it is no part of the row, and neither is how wide a field is.
        """
        rows = self._tmux("capture-pane", "-ept", "t").must().stdout.splitlines()
        return [(part, _words(_SGR.sub("", row))) for row in rows for part in _focused_parts(row)]

    def move(self, key: str) -> None:
        """Press a key that takes the focus elsewhere, and wait until it is there (two seconds: a list may keep it)."""
        before, end = self.focused(), time.monotonic() + 2
        self.press(key)
        while self.focused() in (before, []) and time.monotonic() < end:
            time.sleep(0.05)

    def _focused_soon(self) -> list[tuple[str, str]]:
        """Return what has the focus, after a second at most: a page that has just come up takes it only then."""
        end = time.monotonic() + 1
        while not (found := self.focused()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: "Enter", "Escape", "Tab", "Down", "C-c", "F1", "q"."""
        self._tmux("send-keys", "-t", "t", *keys).must()

    def type(self, text: str) -> None:
        """Type text, letter by letter."""
        self._tmux("send-keys", "-t", "t", "-l", text).must()

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size; the command gets SIGWINCH."""
        self._tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows)).must()

    def close(self) -> None:
        """Kill the ssh client, as a laptop does that loses its power.

        All of the window's session is killed, not all of its terminal: one on the VPS may have the same number.
        """
        session = self._tmux("display", "-pt", "t", "#{pane_pid}").must().stdout.strip()
        subprocess.run(["pkill", "-9", "-s", session], check=True)

    def _wait(self, holds: Callable[[str], bool], what: str, patience: float) -> str:
        end = time.monotonic() + patience
        while not holds(screen := self.screen()):
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come up in {patience} s; the screen:\n{screen}")
            time.sleep(0.1)
        return screen

    def _tmux(self, *argv: str) -> Ran:
        command = ("tmux", "-L", self.socket, *argv)
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.lab.env | {"LANG": "C.UTF-8"}, timeout=30
        )
        return Ran(command, done.returncode, done.stdout, done.stderr)


def _words(row: str) -> str:
    return " ".join(_THUMB.sub("", row).split())


def _focused_parts(row: str) -> list[str]:
    """The parts of a row with escape sequences that are in reverse (SGR 7), or on a white ground as a cursor is.

    What begins in the last four columns is a scroll bar, and not counted.
    """
    parts, shown, at, column = list[str](), False, 0, 0
    for sequence in _SGR.finditer(f"{row}\x1b[m"):
        text = row[at : sequence.start()]
        if shown and text and column < _SCROLL_BAR:
            parts.append(text)
        column += len(text)
        for code in sequence[1].split(";"):
            shown = code in ("7", "47") or (shown and code not in ("", "0", "27", "49"))
        at = sequence.end()
    return parts
