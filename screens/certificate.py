"""The step Certificate. The certificate, and who proves the domain."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Certificate(StepView):
    """The certificate, and who proves the domain."""

    step: ClassVar[str] = "certificate"
