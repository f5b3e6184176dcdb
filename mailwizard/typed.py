"""What the user types on the terminal without echo."""

from __future__ import annotations

import getpass
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mailwizard import streams
from mailwizard.errors import UsageError
from mailwizard.text import one_line

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hidden(question: str) -> str:
    """What is typed at `question`; empty when the user types Ctrl+D. An event loop waits meanwhile.

    Raises KeyboardInterrupt when the user or the system ends the program meanwhile, with the echo on again, and
    UsageError for what is no text.
    """
    with _ending_by_signals():
        try:
            return getpass.getpass(f"{one_line(question)}: ")
        except UnicodeDecodeError:
            raise UsageError("What was typed is not UTF-8: see that your terminal and this server use it.") from None
        except EOFError:
            streams.tell("")  # the cursor stands behind the question
            return ""
        except KeyboardInterrupt:
            streams.tell("")
            raise


@contextmanager
def _ending_by_signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP end the question at once, but for one that was ignored from the start: by default they
    would leave the terminal without echo, and an event loop, which is not told, would hold them back until Enter."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    handlers = {number: signal.getsignal(number) for number in _ENDING}
    before = {number: handler for number, handler in handlers.items() if handler not in (None, signal.SIG_IGN)}
    loops = signal.set_wakeup_fd(-1)
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        signal.set_wakeup_fd(loops)
        for number, handler in before.items():
            signal.signal(number, handler)
