"""What the user types on the terminal without echo, before the work begins."""

from __future__ import annotations

import getpass
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mailwizard import streams
from mailwizard.errors import UsageError
from mailwizard.text import one_line


def hidden(question: str) -> str:
    """What is typed at `question`; empty when the user types Ctrl+D. Not for inside an event loop, which would hold
    Ctrl+C back until Enter is typed.

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
    """SIGTERM and SIGHUP end the program as Ctrl+C does: by default they would leave the terminal without echo."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
