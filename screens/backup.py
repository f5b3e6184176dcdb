"""The step Backup: the server's files in a git repository of the user's."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Backup(StepView):
    """Where the server's files are saved."""

    step: ClassVar[str] = "backup"
