"""What the server or a key wants to know from the user: asked once on the terminal, then kept for a reconnection."""

from __future__ import annotations

import getpass
import os
import signal
import sys

from mailwizard.errors import Stopped
from mailwizard.secret import Secret
from mailwizard.text import one_line


class Asker:
    """Asks on the terminal without echo, and remembers; after `stop` it only remembers."""

    def __init__(self) -> None:
        self._known: dict[str, Secret] = {}
        self._may_ask = True

    def stop(self) -> None:
        """From now on nothing is asked: the terminal belongs to the wizard."""
        self._may_ask = False

    @property
    def can_ask(self) -> bool:
        """True when there is a terminal to ask on."""
        return self._may_ask and _has_terminal()

    def known(self, question: str) -> Secret | None:
        """The answer that was right before."""
        return self._known.get(question)

    def ask(self, question: str) -> Secret | None:
        """What the user types at `question`; None when nobody can be asked or nothing was typed.

        Raises Stopped when the user types Ctrl+C instead.
        """
        if not self.can_ask:
            return None
        before = signal.getsignal(signal.SIGINT)
        # the event loop would hold Ctrl+C back until Enter is typed
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return Secret(getpass.getpass(f"{one_line(question)}: ")) or None
        except EOFError:
            return None
        except KeyboardInterrupt:
            print(file=sys.stderr)  # the cursor stands behind the question
            raise Stopped from None
        finally:
            signal.signal(signal.SIGINT, before)

    def keep(self, question: str, answer: Secret) -> None:
        """`answer` was right: it is given again without asking."""
        self._known[question] = answer

    def forget(self, question: str) -> None:
        """The answer was wrong, or is so now."""
        self._known.pop(question, None)


def _has_terminal() -> bool:
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
