"""The step Names. Your domains, and the name of this server."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Names(StepView):
    """Your domains, and the name of this server."""

    step: ClassVar[str] = "names"
