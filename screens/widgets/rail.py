"""The rail: every step with its sign, and where one stands."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.standing import Step

from ..signs import of_step
from .text import Text


class Rail(Text):
    """The steps' names, one below the other."""

    def show_steps(self, steps: Sequence[Step], here: int) -> None:
        """Draws the steps; `here` is the number of the open one, from 0."""
        self.show("\n".join(f"{of_step(step, number == here)} {step.title}" for number, step in enumerate(steps)))
