"""A page on which one of many choices is searched: type a part of its name, arrows, Enter."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList

from .signs import counted, cut
from .widgets.choose import Choices
from .widgets.keys import Keys
from .widgets.lines import Lines
from .widgets.text import Text
from .widgets.title import Title


class SearchPage(ModalScreen[str]):
    """Gives the value chosen, "" for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "none", "Back", id="back"),
        Binding("down", "line(1)", show=False),
        Binding("up", "line(-1)", show=False),
    ]

    def __init__(self, title: str, choices: Choices, value: str) -> None:
        super().__init__()
        self._title, self._choices, self._value = title, choices, value
        self._shown: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """Title, what is searched, what fits."""
        with Vertical(classes="page"):
            yield Title(self._title)
            entry = Input(placeholder="Type a part of its name", id="word", compact=True)
            entry.cursor_blink = False
            yield entry
            yield Lines([], id="fitting")
            yield Text(id="count")
        yield Keys("Type to search · ↑↓ choose · Enter take it · Esc back")

    def on_mount(self) -> None:
        """All of them, the one chosen before under the cursor."""
        self.query_one("#word").focus()
        self._show("")
        values = [value for value, _ in self._shown]
        self.query_one(Lines).highlighted = values.index(self._value) if self._value in values else 0

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows what fits while one types."""
        self._show(event.value)
        self.query_one(Lines).highlighted = 0 if self._shown else None

    def _show(self, word: str) -> None:
        self._shown = matching(self._choices, word)
        width = max(self.app.size.width - 4, 40)
        self.query_one(Lines).show([cut(shown, width) for _, shown in self._shown] or ["Nothing has this name."])
        self.query_one("#count", Text).show(counted(len(self._shown), "choice"))

    def action_line(self, by: int) -> None:
        """The arrows move in the list while one types above it."""
        lines = self.query_one(Lines)
        if self._shown:
            lines.highlighted = max(0, min(lines.chosen + by, len(self._shown) - 1))

    def on_input_submitted(self) -> None:
        """Enter takes the line under the cursor."""
        at = self.query_one(Lines).chosen
        if 0 <= at < len(self._shown):
            self.dismiss(self._shown[at][0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line takes it."""
        event.stop()
        self.on_input_submitted()

    def action_none(self) -> None:
        """Esc: all stays as it is."""
        self.dismiss("")


def matching(choices: Choices, text: str) -> list[tuple[str, str]]:
    """The choices whose value or title has every word of `text`; those that begin with it first."""
    words = text.lower().split()
    found = [choice for choice in choices if all(word in " ".join(choice).lower() for word in words)]
    return sorted(found, key=lambda choice: not choice[1].lower().startswith(text.lower().strip()))
