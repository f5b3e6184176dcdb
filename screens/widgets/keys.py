"""The last row: which keys do what here."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Keys(Static):
    """A rule, and below it the keys."""

    def __init__(self, words: str) -> None:
        super().__init__(classes="keys")
        self._words = words
        self._shown = ""

    def on_mount(self) -> None:
        """Draws it."""
        self._draw()

    def on_resize(self) -> None:
        """The rule is as wide as the screen."""
        self._draw()

    def say(self, words: str) -> None:
        """Names other keys; nothing is drawn when they are the same."""
        self._words = words
        self._draw()

    def _draw(self) -> None:
        text = f"{'─' * max(self.app.size.width, 1)}\n {self._words}"
        if text != self._shown:
            self._shown = text
            self.update(Content(text))
