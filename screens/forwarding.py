"""The step Forwarding. Where received mail goes on to, and the proof that it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from mailwizard.programs.arriving import addresses_to_try

from .mail_arrives import MailArrives
from .step import StepView
from .widgets.press import Press, row
from .widgets.text import Text


class Forwarding(StepView):
    """Where received mail goes on to."""

    step: ClassVar[str] = "forwarding"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "watch", "Watch mail arrive", id="watch")]

    def extra(self) -> Iterable[Widget]:
        """Where mail is watched arriving, and where Gmail is told to send in the address's name."""
        return (
            row(Press("Watch mail arrive", "watch")),
            Text("g: what to type into Gmail and others", classes="todo"),
        )

    async def show(self) -> None:
        """As every step; without a domain that receives there is nothing to watch."""
        await super().show()
        self.query_one("#watch").display = bool(addresses_to_try(self.wizard.answers))

    def press(self, what: str) -> None:
        """Watching is this step's own button; the others are every step's."""
        if what == "watch":
            self.action_watch()
        else:
            super().press(what)

    def action_watch(self) -> None:
        """w: the page on which mail is seen arriving; what came of it is looked up when it is left."""
        if self.query_one("#watch").display:
            self.app.push_screen(MailArrives(self.wizard), self._look_again)

    def _look_again(self, _: None) -> None:
        self.post_message(self.Wished("look"))
