"""What the server or a key wants to know from the user: asked once on the terminal, then kept for a reconnection."""

from __future__ import annotations

import os
import sys

from mailwizard.errors import Stopped
from mailwizard.secret import Secret
from mailwizard.typed import hidden


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

        Raises Stopped when the user types Ctrl+C or the system ends the program, UsageError for what is no text.
        """
        if not self.can_ask:
            return None
        try:
            return Secret(hidden(question)) or None
        except KeyboardInterrupt:
            raise Stopped from None

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
