"""The step Addresses. IPv4 and IPv6."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Addresses(StepView):
    """IPv4 and IPv6."""

    step: ClassVar[str] = "addresses"
