"""The step Reverse DNS. The addresses' names, set at the hoster's page."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class ReverseDns(StepView):
    """The addresses' names, set at the hoster's page."""

    step: ClassVar[str] = "reverse_dns"
