"""The application: its modes, how it ends, and what a fault of our own may show."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from mailwizard.crash import report
from mailwizard.wizard import Wizard

from .health import HealthScreen
from .wizard import WizardScreen


class MailwizardApp(App[int]):
    """mailwizard in a terminal. `farewell` is what stands on the terminal after its end."""

    CSS_PATH = "../assets/styles/app.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "mailwizard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit", id="quit", priority=True),
        Binding("ctrl+c", "leave", "Quit", id="stop", priority=True, show=False),
        Binding("ctrl+l", "redraw", "Redraw", id="redraw", priority=True, show=False),
        Binding("f1", "step_help", "Help", id="help"),
        Binding("question_mark", "keys", "Keys", id="keys", show=False),
    ]

    def __init__(self, wizard: Wizard, *, health: bool = False) -> None:
        super().__init__()
        self.wizard = wizard
        self.farewell = ""
        self.working: asyncio.Task[None] | None = None  # a change in hand; it outlives the screen that began it
        self._only_looks = health

    def on_mount(self) -> None:
        """Opens the wizard, or the health view where nothing may be changed."""
        looks = self._only_looks or bool(self.wizard.read_only_because)
        self.push_screen(HealthScreen(self.wizard) if looks else WizardScreen(self.wizard))

    def leave(self, code: int = 0) -> None:
        """Ends the application when the change in hand is finished; `code` is its exit code."""
        if self.working and not self.working.done():
            self.working.cancel()
            self.working.add_done_callback(lambda _: self.exit(code, return_code=code))
            self.notify("Finishing what is in hand, then leaving.")
            return
        self.exit(code, return_code=code)

    async def action_leave(self) -> None:
        """Ctrl+Q."""
        self.leave()

    def action_redraw(self) -> None:
        """Ctrl+L: draws everything anew, after something else wrote on the terminal."""
        self.refresh(repaint=True, layout=True)

    def action_step_help(self) -> None:
        """F1: the help of the step that is open."""
        from .help import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "help_name", "welcome")))

    def action_keys(self) -> None:
        """?: what each key does."""
        from .help import HelpScreen

        self.push_screen(HelpScreen("keys"))

    def _fatal_error(self) -> None:
        """Textual would print the local variables of every frame, and secrets among them: a report says less."""
        if self._exception is not None:
            self.farewell = f"mailwizard: {report(self._exception)}"
        self._close_messages_no_wait()
