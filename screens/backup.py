"""The step Backup. The server's files in a git repository."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Backup(StepView):
    """The server's files in a git repository."""

    step: ClassVar[str] = "backup"
