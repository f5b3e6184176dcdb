"""The step Forwarding. Where received mail goes on to."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Forwarding(StepView):
    """Where received mail goes on to."""

    step: ClassVar[str] = "forwarding"
