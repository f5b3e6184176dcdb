"""The step Senders. The accounts that send mail; a generated password is shown once."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Senders(StepView):
    """The accounts that send mail."""

    step: ClassVar[str] = "senders"
