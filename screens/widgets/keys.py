"""The last rows: a rule, and which keys do what here."""

from __future__ import annotations

from .text import Text


class Keys(Text):
    """A rule, and below it the keys: `words`."""

    def __init__(self, words: str) -> None:
        super().__init__(classes="keys")
        self.words = words

    def on_mount(self) -> None:
        """Draws it."""
        self.say(self.words)

    def on_resize(self) -> None:
        """The rule is as wide as the screen."""
        self.say(self.words)

    def say(self, words: str) -> None:
        """Names other keys."""
        self.words = words
        self.show(f"{'─' * max(self.app.size.width, 1)}\n {words}")
