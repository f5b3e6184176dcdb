"""The live log: eight rows, redrawn twice a second at most, whatever comes."""

from __future__ import annotations

from collections import deque

from ..signs import cut
from .text import Text

ROWS, SECONDS = 8, 0.5


class LogPane(Text):
    """The last lines of what is going on."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: deque[str] = deque(maxlen=ROWS)

    def on_mount(self) -> None:
        """Draws on a clock of its own, and only when something came."""
        self.set_interval(SECONDS, self._draw)

    def add(self, line: str) -> None:
        """One more line; it is shown within half a second."""
        self._lines.append(line)

    def _draw(self) -> None:
        width = max(self.size.width, 20)
        self.show("\n".join(cut(line, width) for line in self._lines))
