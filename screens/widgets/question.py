"""One field of a form: label, entry, and a help line that becomes the error. The help shows while one is in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from mailwizard.forms.field import Field

from ..signs import cut, folded
from .choose import Choose, Picked, Searched
from .text import Text

MANY = 8  # more choices than this are searched, not turned over


class Question(Vertical):
    """A field on the screen. `text` is what stands there."""

    class Answered(Message):
        """The field was left, or another choice taken, and what stands there has no fault."""

        def __init__(self, question: Question) -> None:
            super().__init__()
            self.question = question

    def __init__(self, field: Field, label_width: int) -> None:
        super().__init__(id=f"question_{field.key}", classes="question")
        self.field = field
        self._label_width = label_width
        self._entry = self._made()

    def compose(self) -> ComposeResult:
        """Label and entry in one row, the help below."""
        entry = self._entry
        with Horizontal(classes="row"):
            label = Text(cut(self.field.label, self._label_width), classes="label")
            label.styles.width = self._label_width + 2
            yield label
            if isinstance(entry, Input):
                yield Text("[", classes="bracket")
                yield entry
                yield Text("]", classes="bracket")
            else:
                yield entry
        yield Text(classes="hint")

    def _made(self) -> Input | Choose | Searched:
        field = self.field
        if len(field.choices) > MANY:
            return Searched(field.choices, field.value, field.label, id=field.key)
        if field.choices:
            return Choose(field.choices, field.value, id=field.key)
        found = f"found: {field.found}" if field.found else ""
        entry = Input(field.value, found, password=field.secret, compact=True, id=field.key)
        entry.cursor_blink = False
        return entry

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self._entry.value

    def enter(self) -> None:
        """Takes the focus to the field."""
        self._entry.focus()

    def show_fault(self) -> str:
        """Shows what is wrong. Returns it, empty when nothing is."""
        fault = self.field.fault(self.text)
        self._say(fault or (self.field.help if self._entry.has_focus else ""), is_fault=bool(fault))
        return fault

    def refuse(self, why: str) -> None:
        """Shows why the answer could not be kept."""
        self._say(why, is_fault=True)

    def _say(self, words: str, *, is_fault: bool) -> None:
        hint = self.query_one(".hint", Text)
        text = f"! {words}" if is_fault else words
        hint.show_if_any(folded(text, max(self.app.size.width - 8, 40)))
        hint.set_class(is_fault, "fault")

    def on_descendant_focus(self) -> None:
        """Whoever comes in gets the help."""
        self._say(self.field.help, is_fault=False)

    def on_descendant_blur(self) -> None:
        """Leaving the field tells what is wrong with it, or keeps the answer."""
        if self.is_attached and not self.show_fault():
            self._tell()

    def on_picked(self, event: Picked) -> None:
        """A choice counts at once."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field."""
        event.stop()
        self.screen.focus_next()

    def _tell(self) -> None:
        self.post_message(self.Answered(self))
