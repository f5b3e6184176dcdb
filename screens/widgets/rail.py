"""The rail: every step with its sign, and where one stands."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from mailwizard.standing import Step

from ..signs import of_step


class Rail(Static):
    """The steps' names, one below the other."""

    _shown = ""

    def show(self, steps: Sequence[Step], here: int) -> None:
        """Draws the steps; `here` is the number of the open one, from 0."""
        rows = (f"{of_step(step, number == here)} {step.title}" for number, step in enumerate(steps))
        text = "\n".join(rows)
        if text != self._shown:
            self._shown = text
            self.update(Content(text))
