"""The step Test mail. A mail through port 465, followed to the receiver's answer."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class TestMail(StepView):
    """A mail to somebody, and what became of it."""

    step: ClassVar[str] = "test_mail"
