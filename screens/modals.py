"""Pages that lie over a step: a text to read, a question to answer, a plain page outside the screens."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Static


class TextPage(ModalScreen[None]):
    """A text to read, as it is: a difference, evidence, the log."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Back", id="back")]

    def __init__(self, title: str, text: str, *, at_end: bool = False) -> None:
        super().__init__()
        self._title, self._text, self._at_end = title, text, at_end

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(classes="page"):
            yield Static(Content(self._title), classes="title")
            with VerticalScroll(id="text"):
                yield Static(Content(self._text))
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """The text has the focus, so that arrows move it."""
        scroll = self.query_one("#text", VerticalScroll)
        scroll.focus()
        if self._at_end:
            scroll.scroll_end(animate=False)


class Choice(ModalScreen[str]):
    """A question with a few answers; Esc gives an empty one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "none", "Back", id="back"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, sentence: str, answers: dict[str, str]) -> None:
        """`answers` are names and what their buttons say; the first has the focus."""
        super().__init__()
        self._sentence, self._answers = sentence, answers

    def compose(self) -> ComposeResult:
        """The sentence, and a button for each answer."""
        with Vertical(classes="box"):
            yield Static(Content(self._sentence))
            with Horizontal(classes="buttons"):
                for name, words in self._answers.items():
                    yield Button(Content(words), id=name, compact=True)
        yield Footer(compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The answer is the button's name."""
        self.dismiss(event.button.id or "")

    def action_none(self) -> None:
        """Esc: no answer."""
        self.dismiss("")
