"""Sentences about what the server's log says, as they come."""

from __future__ import annotations

from collections import deque

from ..signs import folded
from .log_pane import LogPane


class Watched(LogPane):
    """The last rows of sentences, the newest below; a long one in several. `address` is whom they are about."""

    def __init__(self, rows: int, *, id: str) -> None:
        super().__init__(id=id)
        self._lines = deque(maxlen=rows)
        self.address = ""

    def begin(self, address: str, words: str) -> None:
        """Empties it: from now on it is about `address`, of which there is nothing yet but `words`."""
        self.address = address
        self._lines.clear()
        self.add(words)

    def tell(self, sentence: str) -> None:
        """One more sentence; it is shown within half a second."""
        for line in folded(sentence, max(self.size.width - 2, 20), 2).splitlines():
            self.add(line)
