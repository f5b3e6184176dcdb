"""The step Server. The machine: its system, its ports, its way out."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Server(StepView):
    """The machine: its system, its ports, its way out."""

    step: ClassVar[str] = "server"
