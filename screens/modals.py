"""Pages that lie over a step: a text to read and to copy, a question to answer."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from mailwizard.text import printable

from .copying import copied, show_plainly
from .signs import folded
from .widgets.keys import Keys
from .widgets.press import Press, row
from .widgets.text import Text
from .widgets.title import Title


def page_width(app: App[Any]) -> int:
    """Columns for a line of a page."""
    return max(app.size.width - 3, 40)


class TextPage(ModalScreen[None]):
    """A text to read, as it is: a difference, evidence, the log. `copy` is what c copies; all of it when empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Back", id="back"),
        Binding("c", "copy", "Copy", id="copy"),
        Binding("p", "plain", "Plain page", id="plain"),
        Binding("j", "app.server_log", "Server's log", id="server_log"),
    ]

    keys: ClassVar[str] = "↑↓ move · c copy · p plain page, to mark with the mouse · Esc back"

    def __init__(self, title: str, text: str, *, at_end: bool = False, copy: str = "") -> None:
        super().__init__()
        self._title, self._text, self._at_end, self._copy = title, printable(text), at_end, copy

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(classes="page"):
            yield Title(self._title)
            with VerticalScroll(id="text"):
                yield Text(folded(self._text, page_width(self.app)))
            yield Text(id="said")
        yield Keys(self.keys)

    def on_mount(self) -> None:
        """The text has the focus, so that arrows move it."""
        scroll = self.query_one("#text", VerticalScroll)
        scroll.focus()
        if self._at_end:
            scroll.scroll_end(animate=False)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()

    def action_copy(self) -> None:
        """c."""
        self.copy(self._copy or self._text)

    def copy(self, text: str) -> None:
        """Sends `text` to the clipboard, and says so."""
        self.app.copy_to_clipboard(text)
        self.query_one("#said", Text).show(copied(text))

    def action_plain(self) -> None:
        """p."""
        self.query_one("#said", Text).show(show_plainly(self.app, f"{self._title}\n\n{self._text}"))


class Choice(ModalScreen[str]):
    """A question with a few answers; Esc gives an empty one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "none", "Back", id="back"),
        Binding("j", "app.server_log", "Server's log", id="server_log"),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, sentence: str, answers: dict[str, str]) -> None:
        """`answers` are names and what their buttons say; the first has the focus."""
        super().__init__()
        self._title, self._sentence, self._answers = title, sentence, answers

    def compose(self) -> ComposeResult:
        """The sentence, and a button for each answer."""
        with Vertical(classes="page"):
            yield Title(self._title)
            yield Text(folded(self._sentence, max(self.app.size.width - 4, 40)), id="sentence")
            yield row(*(Press(words, name) for name, words in self._answers.items()))
        yield Keys("←→ choose · Enter · Esc back")

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """The answer is the button's name."""
        event.stop()
        self.dismiss(event.what)

    def action_none(self) -> None:
        """Esc: no answer."""
        self.dismiss("")
