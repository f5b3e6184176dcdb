"""The last page: what stands, and what is left."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from mailwizard.standing import Standing
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .signs import of_step


class Summary(VerticalScroll):
    """Every step with its sign, and a sentence."""

    can_focus = False

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="summary")
        self.wizard = wizard

    def compose(self) -> ComposeResult:
        """The steps, what waits, and two buttons."""
        yield Static(Content(self._text()))
        with Horizontal(classes="buttons"):
            yield Button("Quit", id="quit", compact=True)
            yield Button("Look at everything again", id="again", compact=True)

    def on_mount(self) -> None:
        """Quit has the focus."""
        self.query_one("#quit").focus()

    def _text(self) -> str:
        steps = self.wizard.steps
        left = [step for step in steps if step.standing not in (Standing.DONE, Standing.NOT_CHOSEN)]
        ending = (
            "Some steps are not done yet. Start mailwizard again at any time: it goes on from here."
            if left
            else "All is done, and was seen to work. `mailwizard health` looks at everything again."
        )
        rows = [f"  {of_step(step, False)} {step.title}" for step in steps]
        waits = [f"      {one_line(f.fix)}" for step in left for f in step.findings if f.waits]
        return "\n".join([ending, "", *rows, "", *dict.fromkeys(waits)])

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Leaves, or begins again with a look at everything."""
        event.stop()
        from .app import MailwizardApp
        from .wizard import WizardScreen

        if event.button.id == "quit" and isinstance(self.app, MailwizardApp):
            self.app.leave()
        elif isinstance(self.screen, WizardScreen):
            await self.screen.open(-1)
