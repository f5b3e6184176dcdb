"""The step Addresses. IPv4 and IPv6."""

from __future__ import annotations

from typing import ClassVar

from .hoster import HosterStep


class Addresses(HosterStep):
    """IPv4 and IPv6."""

    step: ClassVar[str] = "addresses"
