"""The step Server. The machine: its system, its ports, its way out."""

from __future__ import annotations

from typing import ClassVar

from .hoster import HosterStep


class Server(HosterStep):
    """The machine: its system, its ports, its way out."""

    step: ClassVar[str] = "server"
