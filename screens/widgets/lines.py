"""A list of lines: arrows choose, Enter opens. At its ends the arrows go on to the neighbours."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

_CURSOR = Style(reverse=True)


class Lines(OptionList):
    """Plain lines, never markup. `chosen` is the number of the line under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "up", show=False),
        Binding("down", "down", show=False),
    ]

    def __init__(self, lines: list[str], *, id: str | None = None) -> None:
        super().__init__(*(Option(Content(line)) for line in lines), id=id, compact=True)
        self._shown = list(lines)

    def show(self, lines: list[str]) -> None:
        """Shows these lines; the cursor stays where it is. Nothing is drawn when they are the same."""
        if lines == self._shown:
            return
        at, self._shown = self.highlighted, list(lines)
        self.clear_options()
        self.add_options([Option(Content(line)) for line in lines])
        if lines:
            self.highlighted = min(at or 0, len(lines) - 1)

    def render_line(self, y: int) -> Strip:
        """A line; the one under the cursor is reversed. A stylesheet cannot say so: of an option's `text-style`
        Textual 8 leaves `reverse` out."""
        strip = super().render_line(y)
        numbers = (segment.style.meta.get("option") for segment in strip if segment.style)
        return strip.apply_style(_CURSOR) if self.has_focus and self.highlighted in numbers else strip

    @property
    def chosen(self) -> int:
        """The number of the line under the cursor, from 0; -1 when there is none."""
        return -1 if self.highlighted is None else self.highlighted

    def action_up(self) -> None:
        """One line up, or the widget before."""
        if self.highlighted in (None, 0):
            self.screen.focus_previous()
        else:
            self.action_cursor_up()

    def action_down(self) -> None:
        """One line down, or the next widget."""
        if self.highlighted is None or self.highlighted + 1 < self.option_count:
            self.action_cursor_down()
        else:
            self.screen.focus_next()
