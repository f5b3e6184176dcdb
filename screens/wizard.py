"""The wizard's one screen: where one stands, the open step, a line of what goes on, the keys."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.screen import Screen

from mailwizard.errors import MailwizardError
from mailwizard.events import Begun, Event, Told
from mailwizard.text import one_line
from mailwizard.text import sentence as whole
from mailwizard.wizard import Wizard

from .applying import Applying
from .modals import TextPage
from .order import VIEWS
from .sentences import keys_for, sentence, title
from .signs import cut
from .step import StepView
from .summary import Summary
from .welcome import Welcome
from .widgets.keys import Keys
from .widgets.rail import Rail
from .widgets.text import Text

if TYPE_CHECKING:
    from .app import MailwizardApp


PATIENCE = 0.2  # seconds after which it is said that a look takes a while


class WizardScreen(Screen[None]):
    """`at` is the open step's number, -1 the welcome, and one past the last the summary."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "log", "Log", id="log"),
        Binding("escape", "back", "Back", id="back"),
        Binding("h", "health", "Health", id="health"),
        Binding("g", "mail_programs", "Mail programs", id="mail_programs"),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self.at = -1
        wizard.listen = self._hear

    @property
    def help_name(self) -> str:
        """Which help page F1 shows."""
        steps = self.wizard.steps
        return "welcome" if self.at < 0 else "summary" if self.at >= len(steps) else steps[self.at].name

    @property
    def application(self) -> MailwizardApp:
        """The application."""
        return cast("MailwizardApp", self.app)

    @property
    def view(self) -> StepView | None:
        """The open step; None on the welcome and the summary."""
        views = self.query(StepView)
        return views.first() if views else None

    def compose(self) -> ComposeResult:
        """Title, rail and content, status, keys."""
        yield Text(id="title")
        yield Text(id="rule")
        with Horizontal(id="middle"):
            yield Rail(id="rail")
            yield Vertical(id="content")
        yield Text(id="status")
        yield Keys("")

    async def on_mount(self) -> None:
        """Opens the welcome, which looks at everything."""
        await self.open(-1)

    def on_resize(self) -> None:
        """Another size has other lines."""
        self.draw()

    async def open(self, number: int) -> None:
        """Shows the step `number`: only the content changes, so that little crosses the wire."""
        self.at = number
        content = self.query_one("#content", Vertical)
        for page in content.children:
            self.workers.cancel_node(page)  # a page loses its parts before it loses its workers
        with self.app.batch_update():
            await content.remove_children()
            self.say("")
            await content.mount(self._made())
            self.draw()
        if self.view:
            self.look()

    def turn_to(self, number: int) -> None:
        """Opens the step `number` next. Pages are opened and drawn one after the other, never side by side."""
        self.call_later(self.open, number)

    def _made(self) -> StepView | Welcome | Summary:
        if self.at < 0:
            return Welcome(self.wizard)
        if self.at >= len(self.wizard.steps):
            return Summary(self.wizard)
        return VIEWS[self.wizard.steps[self.at].name](self.wizard)

    def draw(self) -> None:
        """Title, rule and rail for where one stands."""
        width = max(self.app.size.width, 40)
        self.query_one("#title", Text).show(title(self.wizard, self.at, width))
        self.query_one("#rule", Text).show("─" * width)
        rail = self.query_one(Rail)
        rail.show_steps(self.wizard.steps, self.at)
        rail.display = self.at < 0 or width >= 100
        self._name_keys()

    def _name_keys(self) -> None:
        self.query_one(Keys).say(keys_for(self.view, self.focused))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Where one stands decides which keys are named."""
        self._name_keys()

    def say(self, words: str) -> None:
        """Shows a sentence in the status line, until the next one."""
        if self.is_attached:
            self.query_one("#status", Text).show(cut(f" {one_line(words)}", max(self.app.size.width, 40)))

    def on_step_view_worked(self) -> None:
        """Other keys do something while changes are being made."""
        self._name_keys()

    def on_step_view_wished(self, event: StepView.Wished) -> None:
        """Does what the step's buttons and keys wish."""
        view = self.view
        if view is None or self.application.is_working:
            return
        if event.what == "look":
            self.look()
        elif self._take(view):
            self._go(event.what)

    def _go(self, what: str) -> None:
        if what == "apply":
            self.apply()
        elif what == "next":
            self._next()

    @work(exclusive=True, group="open")
    async def _next(self) -> None:
        try:
            await self._save()
        except MailwizardError as error:
            self.say(str(error))
            return
        self.turn_to(self.at + 1)

    def apply(self) -> None:
        """Makes the open step's changes. What is in hand outlives this screen: the application holds it."""
        if self.view:
            self.application.work(Applying(self, self.view).run())

    def _take(self, view: StepView) -> bool:
        """The fields' answers go in the draft; a fault is told, and keeps one here."""
        try:
            fault = view.take_answers()
        except (ValueError, MailwizardError) as error:
            fault = str(error)
        if fault:
            self.say(fault)
        return not fault

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Looks at the open step; what is seen is shown."""
        view = self.view
        if view is None or view.is_working:
            return
        over = asyncio.Event()
        self.set_timer(PATIENCE, partial(self._say_looking, over))
        try:
            await self._save()
            self.wizard.forget()
            await self.wizard.look(view.step)
        except MailwizardError as error:
            self.say(str(error))
            return
        finally:
            over.set()
        self.call_later(self.show, view)

    def _say_looking(self, over: asyncio.Event) -> None:
        """A stopped timer's call may still be on its way, and come when what was seen is shown already."""
        if not over.is_set():
            self.say("Looking ...")

    async def show(self, view: StepView) -> None:
        """Shows what is known of the open step, and takes the focus on when it stood on a button."""
        if view is not self.view or not view.is_mounted:
            return
        stood = self.focused
        with self.app.batch_update():
            await view.show()
            self.draw()
            self.say(sentence(view.known, self.wizard))
            if self.focused is None or (stood is not None and stood.id in ("apply", "next")):
                view.settle()
            else:
                view.call_after_refresh(view.keep_in_view)

    async def _save(self) -> None:
        if self.wizard.draft.is_changed:
            await self.wizard.save()
        self.wizard.refresh_services()

    def _hear(self, event: Event) -> None:
        """What the engine tells: lines go to the log, the change in hand and news of the machine to the status line."""
        if isinstance(event, Begun):
            self.say(f"{event.change.title} ...")
        elif isinstance(event, Told):
            self.say(whole(event.text))
        if self.view is not None:
            self.view.hear(event)

    def action_log(self) -> None:
        """l: the last lines of the log."""
        text = "\n".join(self.wizard.host.log.tail) or "Nothing was run yet."
        self.app.push_screen(TextPage("Log: the last commands and what they said", text, at_end=True))

    def action_back(self) -> None:
        """Esc: the step before."""
        if self.at >= 0 and not self.application.is_working:
            self.turn_to(self.at - 1)

    def action_health(self) -> None:
        """h: the health view."""
        from .health import HealthScreen

        self.app.push_screen(HealthScreen(self.wizard))

    def action_mail_programs(self) -> None:
        """g: what to type into mail programs."""
        from .mail_programs import MailPrograms

        self.app.push_screen(MailPrograms(self.wizard))
