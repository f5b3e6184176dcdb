"""A button in one row: `[ Apply ]`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Press(Static):
    """Enter presses it; the arrows go on to its neighbours."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    class Pressed(Message):
        """It was pressed; `what` is its id."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, words: str, id: str) -> None:
        super().__init__(id=id)
        self.say(words)

    def say(self, words: str) -> None:
        """Gives it other words."""
        self.update(Content(f"[ {words} ]"))

    def action_press(self) -> None:
        """Enter, or the space bar."""
        self.post_message(self.Pressed(self.id or ""))


def row(*buttons: Press) -> Horizontal:
    """Buttons side by side."""
    return Horizontal(*buttons, classes="buttons")
