"""One field of a form: label, input, and a help line that becomes the error."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Select, Static

from mailwizard.forms.field import Field

MANY = 8  # more choices than this are typed and searched, not listed


class Question(Vertical):
    """A field on the screen. `fault` is what is wrong with what stands there, as a sentence."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"question_{field.key}", classes="question")
        self.field = field

    def compose(self) -> ComposeResult:
        """Label and input in one row, the help below."""
        with Horizontal(classes="row"):
            yield Static(Content(self.field.label), classes="label")
            yield self._input()
        yield Static(Content(self.field.help), classes="hint")

    def _input(self) -> Input | Select[str]:
        choices = self.field.choices
        if choices and len(choices) <= MANY:
            known = {value for value, _ in choices}
            return Select(
                [(shown, value) for value, shown in choices],
                value=self.field.value if self.field.value in known else choices[0][0],
                allow_blank=False,
                compact=True,
                id=self.field.key,
            )
        suggester = SuggestFromList([value for value, _ in choices], case_sensitive=False) if choices else None
        entry = Input(
            self.field.value, password=self.field.secret, compact=True, id=self.field.key, suggester=suggester
        )
        entry.cursor_blink = False
        return entry

    @property
    def text(self) -> str:
        """What stands in the field."""
        widget = self.query_one(f"#{self.field.key}")
        return str(widget.value) if isinstance(widget, (Input, Select)) else ""

    def show_fault(self) -> str:
        """Shows what is wrong, or the help again. Returns the fault."""
        fault = self.field.fault(self.text)
        hint = self.query_one(".hint", Static)
        hint.update(Content(fault or self._help()))
        hint.set_class(bool(fault), "fault")
        return fault

    def _help(self) -> str:
        return self._matches() or self.field.help

    def _matches(self) -> str:
        """For a searched field, what fits the text so far."""
        if len(self.field.choices) <= MANY or not self.text.strip():
            return ""
        found = matching(self.field.choices, self.text)
        exact = dict(self.field.choices).get(self.text.strip())
        return exact or ("Which one? " + ", ".join(value for value, _ in found[:6]) if found else "")

    def on_input_changed(self) -> None:
        """A searched field shows what fits while one types; other faults are told when the field is left."""
        if len(self.field.choices) > MANY:
            self.query_one(".hint", Static).update(Content(self._help()))

    def on_descendant_blur(self) -> None:
        """Leaving the field tells what is wrong with it."""
        self.show_fault()


def matching(choices: Iterable[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """The choices whose name or title has every word of `text`; those that begin with it first."""
    words = text.lower().split()
    found = [choice for choice in choices if all(word in f"{choice[0]} {choice[1]}".lower() for word in words)]
    return sorted(found, key=lambda choice: not choice[1].lower().startswith(text.lower().strip()))
