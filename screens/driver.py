"""The terminal's driver. It never waits for the terminal, which may be at the far end of a line that is gone."""

from __future__ import annotations

import io
import os
from queue import Full
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

_MOST = 15  # pieces under way; Textual's own queue holds 30, and whoever puts one more waits until the line is back
_PATIENCE = 1.0  # seconds at the end for what is under way


class Line(io.TextIOWrapper):
    """The terminal's line, written to with nothing kept back: what a stalled line did not take would be waited for once
    more at Python's end, by whoever flushes standard error. `is_gone` is True after a write that failed."""

    def __init__(self, number: int) -> None:
        super().__init__(io.FileIO(number, "w", closefd=False), "utf-8", "replace")
        self.is_gone = False

    def write(self, text: str) -> int:
        """Writes all of it, however long that takes; nothing once the line is gone, for there is nobody to be told."""
        rest = text.encode(self.encoding, "replace")
        try:
            while rest and not self.is_gone:
                rest = rest[os.write(self.fileno(), rest) :]
        except OSError:
            self.is_gone = True
        return len(text)


class SteadyDriver(LinuxDriver):
    """As Textual's own, except that a stalled line is not waited for, and a terminal that is gone is left alone.

    Else everything stops when a connection is lost, also the change in hand, which is to be finished.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line = Line(2)
        self._file = self._line

    @property
    def is_stuck(self) -> bool:
        """True when nothing more can be written now: what would be shown is to be shown later."""
        thread = self._writer_thread
        return self._line.is_gone or (thread is not None and thread._queue.qsize() > _MOST)

    def hang_up(self) -> None:
        """The terminal is probably gone (SIGHUP): it is not read any more, for what is gone can be read without end.

        It may still be there: somebody sent the signal. So it is written to, until that fails.
        """
        self.disable_input()

    def write(self, data: str) -> None:
        """Writes, unless that would mean to wait."""
        if not self.is_stuck:
            super().write(data)

    def close(self) -> None:
        """Ends the writing; what a stalled line does not take in a second is given up."""
        thread = self._writer_thread
        if thread is None or not thread.is_alive():
            return
        try:
            thread._queue.put(None, timeout=_PATIENCE)
        except Full:
            return
        thread.join(_PATIENCE)

    def _sigcont_application(self, *_: object) -> None:
        """Only what was stopped by Ctrl+Z begins anew: SIGHUP is followed by a SIGCONT as well (setsid(2))."""
        if self._must_signal_resume:
            super()._sigcont_application()
