"""The step Forwarding. Where received mail goes on to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from .step import StepView
from .widgets.text import Text


class Forwarding(StepView):
    """Where received mail goes on to."""

    step: ClassVar[str] = "forwarding"

    def extra(self) -> Iterable[Widget]:
        """Where Gmail is told to send in the address's name."""
        return (Text("g: what to type into Gmail and others", classes="todo"),)
