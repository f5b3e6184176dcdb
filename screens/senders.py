"""The step Senders: the accounts that send mail. A generated password is shown here, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from .step import StepView
from .widgets.text import Text


class Senders(StepView):
    """The accounts that send mail."""

    step: ClassVar[str] = "senders"

    def extra(self) -> Iterable[Widget]:
        """The place for generated passwords."""
        return (Text(id="generated", classes="todo"), Text("g: what to type into Gmail and others", classes="todo"))

    async def show(self) -> None:
        """As every step; and the passwords that were made, for this once."""
        await super().show()
        made = self.wizard.services.senders.generated
        rows = [f"  {address}   {password.reveal()}" for address, password in made.items()]
        head = ["Write these passwords down now; they are kept nowhere:"] if rows else []
        self.query_one("#generated", Text).show_if_any("\n".join([*head, *rows]))
