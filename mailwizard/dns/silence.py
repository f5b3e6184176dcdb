"""Servers that do not answer: asked less and less patiently, so that one dead server does not hold up all domains."""

from __future__ import annotations

import time
from collections import defaultdict

PAUSES = (0.8, 1.6, 3.2)  # seconds to wait for each try
SHORT_PAUSES = (0.8,)  # for an address that let SHORT questions in a row time out
SHORT, NONE = 3, 8
REST = 5.0  # seconds for which an address that let NONE time out is asked nothing


class Silence:
    """How many questions in a row each address left unanswered."""

    def __init__(self) -> None:
        self._unanswered: defaultdict[str, int] = defaultdict(int)
        self._until: dict[str, float] = {}

    def pauses(self, server: str) -> tuple[float, ...]:
        """For how long to wait for the server, try by try; empty when it is not worth asking now."""
        count = self._unanswered.get(server, 0)
        if count < SHORT:
            return PAUSES
        return SHORT_PAUSES if count < NONE or self._until[server] <= time.monotonic() else ()

    def answered(self, server: str) -> None:
        """The server is there."""
        self._unanswered.pop(server, None)

    def timed_out(self, server: str) -> None:
        """A question to the server timed out."""
        self._unanswered[server] += 1
        self._until[server] = time.monotonic() + REST

    def forget(self) -> None:
        """Every server gets a fresh chance."""
        self._unanswered.clear()
