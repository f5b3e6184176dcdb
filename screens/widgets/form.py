"""The questions of a step. When an answer brings other questions, they are shown anew, and the cursor stays."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from mailwizard.forms.field import Field

from .question import Question

LABEL = 34  # columns at most; the rest of the row is the entry's


class Form(Vertical):
    """Fields, one below the other."""

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__(id="form")
        self._fields = list(fields)

    def compose(self) -> ComposeResult:
        """A question for each field."""
        width = min(max(len(field.label) for field in self._fields), LABEL) if self._fields else 0
        yield from (Question(field, width) for field in self._fields)

    @property
    def questions(self) -> list[Question]:
        """The questions, in order."""
        return list(self.query(Question))

    async def show(self, fields: Sequence[Field]) -> None:
        """Shows these fields, if they are others than before, or have other values than stand there."""
        if _shape(fields) == _shape(self._fields) and all(
            field.value in (question.field.value, question.text)
            for field, question in zip(fields, self.questions, strict=True)
        ):
            return
        focused = self.screen.focused.id if self.screen.focused else None
        self._fields = list(fields)
        await self.recompose()
        if focused and (again := [q for q in self.questions if q.field.key == focused]):
            again[0].enter()

    @property
    def first_open(self) -> Question | None:
        """The first question whose answer is missing or has a fault."""
        return next((question for question in self.questions if question.field.fault(question.text)), None)


def _shape(fields: Sequence[Field]) -> list[tuple[str, str, str, int]]:
    return [(field.key, field.label, field.found, len(field.choices)) for field in fields]
