"""Steps in which the hosting provider has to do something: t shows what is known of it, and a request to paste."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from mailwizard.errors import MailwizardError
from mailwizard.hoster import hoster_of

from .modals import TextPage
from .step import StepView


class HosterStep(StepView):
    """A step with a page on the hosting provider."""

    keys: ClassVar[str] = "Enter shows more · t your hoster, a ticket to paste · r look again · Esc back"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("t", "hoster", "Hoster", id="hoster")]

    @work(exclusive=True, group="hoster")
    async def action_hoster(self) -> None:
        """t."""
        try:
            known = await hoster_of(self.wizard)
        except MailwizardError as error:
            self.app.push_screen(TextPage("Your hosting provider", str(error)))
            return
        text = f"{known.about}\n\nIf port 25 is shut, send them this (c copies it):\n\n{known.ticket}"
        self.app.push_screen(TextPage("Your hosting provider", text, copy=known.ticket))
