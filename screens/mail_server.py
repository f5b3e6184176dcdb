"""The step Mail server. chasquid: installed, configured, hardened."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class MailServer(StepView):
    """chasquid: installed, configured, hardened."""

    step: ClassVar[str] = "mail_server"
