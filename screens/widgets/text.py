"""A text that is drawn only when it is another one: each needless drawing crosses the wire."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Text(Static):
    """Plain text, never markup. The page is laid out anew only when the text has other lines than before."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(Content(text), id=id, classes=classes)
        self.shown = text

    def show(self, text: str) -> None:
        """Shows `text`."""
        if text != self.shown:
            width = self.content_size.width
            has_moved = not width or _rows(text, width) != _rows(self.shown, width)
            self.shown = text
            self.update(Content(text), layout=has_moved and self.styles.auto_dimensions)

    def show_if_any(self, text: str) -> None:
        """Shows `text`; without one nothing takes its place."""
        if bool(text) != bool(self.display):
            self.display = bool(text)
        self.show(text)


def _rows(text: str, width: int) -> int:
    """How many rows it takes: a line that was folded for another width may take several."""
    return sum(max(-(-len(line) // width), 1) for line in text.split("\n")) if text else 0
