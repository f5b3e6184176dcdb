"""A choice in one row: left and right take the next one. Of many choices one is searched, on a page of its own."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

Choices = tuple[tuple[str, str], ...]  # value, and what is shown for it


class Picked(Message):
    """Another value was chosen."""


class Choose(Static):
    """`< quarantine: to the spam folder >  2 of 3`. `value` is the value chosen."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("enter", "app.focus_next", show=False),
    ]

    def __init__(self, choices: Choices, value: str, id: str) -> None:
        super().__init__(id=id)
        self._choices = choices
        self._at = next((number for number, (known, _) in enumerate(choices) if known == value), 0)

    @property
    def value(self) -> str:
        """The value chosen."""
        return self._choices[self._at][0]

    def on_mount(self) -> None:
        """Draws it."""
        self._draw()

    def action_turn(self, by: int) -> None:
        """The next choice, or the one before."""
        self._at = (self._at + by) % len(self._choices)
        self._draw()
        self.post_message(Picked())

    def _draw(self) -> None:
        self.update(Content(f"< {self._choices[self._at][1]} >  {self._at + 1} of {len(self._choices)}"))


class Searched(Static):
    """One of many: Enter opens a page on which they are searched. `value` is the value chosen, "" before."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "search", show=False)]

    def __init__(self, choices: Choices, value: str, title: str, id: str) -> None:
        super().__init__(id=id)
        self._choices, self._title = choices, title
        self.value = value

    def on_mount(self) -> None:
        """Draws it."""
        self._draw()

    def _draw(self) -> None:
        shown = dict(self._choices).get(self.value, self.value) or "none yet"
        self.update(Content(f"< {shown} >  Enter searches"))

    def action_search(self) -> None:
        """Enter."""
        from ..search import SearchPage

        self.app.push_screen(SearchPage(self._title, self._choices, self.value), self._take)

    def _take(self, value: str | None) -> None:
        if value and value != self.value:
            self.value = value
            self._draw()
            self.post_message(Picked())
