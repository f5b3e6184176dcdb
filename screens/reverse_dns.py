"""The step Reverse DNS. The addresses' names, set at the hoster's page."""

from __future__ import annotations

from typing import ClassVar

from .hoster import HosterStep


class ReverseDns(HosterStep):
    """The addresses' names, set at the hoster's page."""

    step: ClassVar[str] = "reverse_dns"
