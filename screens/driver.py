"""The terminal's driver. It never waits for the terminal, which may be at the far end of a line that is gone."""

from __future__ import annotations

from queue import Full

from textual.drivers.linux_driver import LinuxDriver

_MOST = 15  # pieces under way; Textual's own queue holds 30, and whoever puts one more waits until the line is back
_PATIENCE = 1.0  # seconds at the end for what is under way


class SteadyDriver(LinuxDriver):
    """As Textual's own, except that a stalled line is not waited for, and a terminal that is gone is left alone.

    Else everything stops when a connection is lost, also the change in hand, which is to be finished.
    """

    @property
    def is_stuck(self) -> bool:
        """True when nothing more can be written now: what would be shown is to be shown later."""
        thread = self._writer_thread
        return thread is not None and (not thread.is_alive() or thread._queue.qsize() > _MOST)

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
