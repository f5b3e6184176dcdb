"""The step Mail server. chasquid: installed, configured, hardened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from .step import StepView
from .widgets.text import Text


class MailServer(StepView):
    """chasquid: installed, configured, hardened."""

    step: ClassVar[str] = "mail_server"

    def extra(self) -> Iterable[Widget]:
        """Where its log is followed."""
        return (Text("j: the mail server's own log, followed, and the state of its service", classes="todo"),)
