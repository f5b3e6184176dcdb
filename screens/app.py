"""The application: how it begins and ends, and what a fault of our own may show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from mailwizard.crash import report
from mailwizard.errors import MailwizardError
from mailwizard.opening import signs_are_ascii

from .beginning import Beginning
from .copying import osc52
from .driver import SteadyDriver
from .thrift import ThriftyApp

if TYPE_CHECKING:
    from mailwizard.wizard import Wizard


class MailwizardApp(ThriftyApp):
    """mailwizard in a terminal. `opening` gives the wizard, behind the first picture.

    `farewell` is what stands on the terminal after its end.
    """

    CSS_PATH = "../assets/styles/app.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "mailwizard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit", id="quit", priority=True),
        Binding("ctrl+c", "leave", "Quit", id="stop", priority=True),
        Binding("ctrl+l", "redraw", "Redraw", id="redraw", priority=True),
        Binding("f1", "step_help", "Help", id="help"),
        Binding("question_mark", "keys", "Keys", id="keys"),
        Binding("j", "server_log", "Server's log", id="server_log"),
    ]

    wizard: Wizard

    def __init__(self, opening: Callable[[], Awaitable[Wizard]], *, health: bool = False, notice: str = "") -> None:
        super().__init__()
        self._opening, self._notice = opening, notice
        self.farewell = ""
        self.refusal: MailwizardError | None = None  # why there was nothing to show
        self._working: asyncio.Task[None] | None = None  # it outlives the screen that began it
        self._only_looks = health
        if signs_are_ascii():
            from .ascii import Ascii

            self._filters.append(Ascii())

    def on_mount(self) -> None:
        """Paints at once; all that is heavy is loaded behind that."""
        self.push_screen(Beginning(self._notice))
        self.call_after_refresh(self._open)

    @work(group="opening")
    async def _open(self) -> None:
        """Opens the wizard, or the health view where nothing may be changed."""
        try:
            await asyncio.to_thread(_load)
            self.wizard = await self._opening()
        except MailwizardError as error:
            self.refusal = error
            self.exit(error.exit_code, return_code=error.exit_code)
            return
        from .health import HealthScreen
        from .wizard import WizardScreen

        looks = self._only_looks or bool(self.wizard.read_only_because)
        self.switch_screen(HealthScreen(self.wizard) if looks else WizardScreen(self.wizard))

    @property
    def notice(self) -> str:
        """What every screen says beside its title: that this is a demonstration."""
        return self.wizard.notice if hasattr(self, "wizard") else self._notice

    @property
    def is_working(self) -> bool:
        """True while changes are being made."""
        return self._working is not None and not self._working.done()

    def work(self, work: Coroutine[Any, Any, None]) -> None:
        """Does `work`, which is not cut short by anything on the screen."""
        self._working = asyncio.create_task(work)
        self._working.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._handle_exception(error if isinstance(error, Exception) else RuntimeError(type(error).__name__))

    def leave(self, code: int = 0) -> None:
        """Ends the application when the change in hand is finished; `code` is its exit code."""
        if self._working is None or self._working.done():
            self.exit(code, return_code=code)
            return
        self._working.cancel()
        self._working.add_done_callback(lambda _: self.exit(code, return_code=code))
        self._tell("I finish the change in hand, then I leave.")

    def hang_up(self, code: int) -> None:
        """The terminal is gone: as `leave`, and it is not read any more."""
        if isinstance(self._driver, SteadyDriver):
            self._driver.hang_up()
        self.leave(code)

    def _tell(self, words: str) -> None:
        from .wizard import WizardScreen

        if isinstance(self.screen, WizardScreen):
            self.screen.say(words)

    async def action_leave(self) -> None:
        """Ctrl+Q."""
        self.leave()

    def action_redraw(self) -> None:
        """Ctrl+L: draws everything anew, after something else wrote on the terminal."""
        self.forget_terminal()
        self.refresh(repaint=True, layout=True)

    def action_step_help(self) -> None:
        """F1: the help of the step that is open."""
        from .help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "help_name", "welcome")))

    def action_keys(self) -> None:
        """?: what each key does."""
        from .help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen("keys"))

    def action_server_log(self) -> None:
        """j: the mail server's own log, followed."""
        from .server_log import ServerLog

        if hasattr(self, "wizard") and not isinstance(self.screen, ServerLog):
            self.push_screen(ServerLog(self.wizard))

    def copy_to_clipboard(self, text: str) -> None:
        """Asks the terminal to take `text` in its clipboard; tmux and screen are asked to hand it on."""
        self._clipboard = text
        if self._driver is not None:
            self._driver.write(osc52(text))

    def _fatal_error(self) -> None:
        """Textual would print the local variables of every frame, and secrets among them: a report says less."""
        error = self._exception
        if error is not None:
            cause = error.error if isinstance(error, WorkerFailed) else error
            self.farewell = f"mailwizard: {report(cause)}"
        self._close_messages_no_wait()


def _load() -> None:
    """Imports what the screens need, beside the first picture."""
    from . import health, wizard

    assert health and wizard
