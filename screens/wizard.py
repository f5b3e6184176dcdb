"""The wizard's one screen: where one stands, the open step, a line of what goes on, the keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from mailwizard.errors import MailwizardError
from mailwizard.events import Begun, Event, Line
from mailwizard.plain import event_line
from mailwizard.standing import Step
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .modals import Choice, TextPage
from .order import VIEWS
from .signs import cut, rule
from .step import StepView
from .summary import Summary
from .welcome import Welcome
from .widgets.log_pane import LogPane
from .widgets.rail import Rail

if TYPE_CHECKING:
    from .app import MailwizardApp


class WizardScreen(Screen[None]):
    """`at` is the open step's number, -1 the welcome, and one past the last the summary."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "log", "Log", id="log"),
        Binding("escape", "back", "Back", id="back"),
        Binding("h", "health", "Health", id="health", show=False),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self.at = -1
        self._pane: LogPane | None = None
        wizard.listen = self._hear

    @property
    def help_name(self) -> str:
        """Which help page F1 shows."""
        steps = self.wizard.steps
        return "welcome" if self.at < 0 else "summary" if self.at >= len(steps) else steps[self.at].name

    def compose(self) -> ComposeResult:
        """Title, rail and content, status, keys."""
        yield Static(id="title")
        yield Static(id="rule")
        with Horizontal(id="middle"):
            yield Rail(id="rail")
            yield Vertical(id="content")
        yield Static(id="status")
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Opens the welcome, and looks at everything meanwhile."""
        await self.open(-1)

    async def open(self, number: int) -> None:
        """Shows the step `number`: only the content changes, so that little crosses the wire."""
        self.at = number
        content = self.query_one("#content", Vertical)
        await content.remove_children()
        self._pane = None
        await content.mount(self._view())
        self.draw()
        if isinstance(self._open_view(), StepView):
            self.look()

    def _view(self) -> StepView | Welcome | Summary:
        if self.at < 0:
            return Welcome(self.wizard)
        if self.at >= len(self.wizard.steps):
            return Summary(self.wizard)
        return VIEWS[self.wizard.steps[self.at].name](self.wizard)

    def _open_view(self) -> StepView | None:
        views = self.query(StepView)
        return views.first() if views else None

    def draw(self) -> None:
        """Title, rule and rail for where one stands."""
        width, steps = max(self.app.size.width, 40), self.wizard.steps
        inside = 0 <= self.at < len(steps)
        left = steps[self.at].title if inside else f"mailwizard · {self.wizard.answers.server.hostname or 'new set-up'}"
        right = f"{self.at + 1}/{len(steps)}" if inside else ""
        self.query_one("#title", Static).update(Content(f" {left:<{width - len(right) - 3}}{right}"))
        self.query_one("#rule", Static).update(Content(rule() * width))
        self.query_one(Rail).show(steps, self.at)
        self.query_one(Rail).display = self.at < 0 or self.app.size.width >= 100

    def say(self, sentence: str) -> None:
        """Shows a sentence in the status line, until the next one."""
        self.query_one("#status", Static).update(Content(cut(f" {one_line(sentence)}", max(self.app.size.width, 40))))

    def on_step_view_wished(self, event: StepView.Wished) -> None:
        """Does what the step's buttons and keys wish."""
        view = self._open_view()
        if view is None or self._is_working():
            return
        if not self._take(view):
            return
        if event.what == "look":
            self.look()
        elif event.what == "next":
            self.run_worker(self.open(self.at + 1), group="open")
        elif event.what == "apply":
            self._begin()

    def _is_working(self) -> bool:
        working = cast("MailwizardApp", self.app).working
        return working is not None and not working.done()

    def _take(self, view: StepView) -> bool:
        """The fields' answers go in the draft and its file; a fault is told, and keeps one here."""
        try:
            fault = view.take_answers()
        except (ValueError, MailwizardError) as error:
            fault = str(error)
        if fault:
            self.say(fault)
        return not fault

    def look(self) -> None:
        """Looks at the open step again."""
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        view = self._open_view()
        if view is None:
            return
        self.say("Looking ...")
        try:
            await self._save()
            self.wizard.forget()
            step = await self.wizard.look(view.step)
        except MailwizardError as error:
            self.say(str(error))
            return
        if view.is_mounted and view is self._open_view():
            view.show()
            self.draw()
            self.say(_sentence(step, self.wizard))

    async def _save(self) -> None:
        if self.wizard.draft.is_changed and not self.wizard.read_only_because:
            await self.wizard.save()
        self.wizard.refresh_services()

    def _begin(self) -> None:
        """The change outlives this screen: the application holds it."""
        app = cast("MailwizardApp", self.app)
        app.working = asyncio.create_task(self._apply())

    async def _apply(self) -> None:
        view = self._open_view()
        if view is None:
            return
        self._pane = view.begin_log()
        try:
            await self._save()
            await self.wizard.look(view.step)
            result = await self.wizard.apply(view.step)
        except MailwizardError as error:
            self._failed(view, str(error))
            return
        view.show()
        self.draw()
        if result.failures:
            self._failed(view, str(result.failures[0][1]))
        elif result.blocked:
            needs = "; ".join(finding.title for finding in result.blocked[view.step])
            self.say(f"First this must hold: {needs}")
        else:
            self.say(_sentence(view.known, self.wizard))
            view._focus_first()

    def _failed(self, view: StepView, why: str) -> None:
        self.say(why)
        answers = {"retry": "Try again", "log": "Show the log", "skip": "Go on without", "quit": "Quit"}
        self.app.push_screen(Choice(f"{view.known.title}: {one_line(why)}", answers), self._after_failure)

    def _after_failure(self, answer: str | None) -> None:
        if answer == "retry":
            self._begin()
        elif answer == "log":
            self.action_log()
        elif answer == "skip":
            self.run_worker(self.open(self.at + 1), group="open")
        elif answer == "quit":
            cast("MailwizardApp", self.app).leave()

    def _hear(self, event: Event) -> None:
        """What the engine tells: lines go to the log pane, the change in hand to the status line."""
        if isinstance(event, Begun):
            self.say(f"{event.change.title} ...")
        if isinstance(event, (Begun, Line)) and self._pane is not None:
            self._pane.add(event_line(event))

    def action_log(self) -> None:
        """l: the last lines of the log."""
        text = "\n".join(self.wizard.host.log.tail) or "Nothing was run yet."
        self.app.push_screen(TextPage("Log", text, at_end=True))

    def action_back(self) -> None:
        """Esc: the step before."""
        if self.at >= 0 and not self._is_working():
            self.run_worker(self.open(self.at - 1), group="open")

    def action_health(self) -> None:
        """h: the health view."""
        from .health import HealthScreen

        self.app.push_screen(HealthScreen(self.wizard))


def _sentence(step: Step, wizard: Wizard) -> str:
    if wizard.read_only_because:
        return wizard.read_only_because
    if step.changes:
        return f"{len(step.changes)} changes to make: Apply makes them, Enter on one shows its text."
    sentences = {
        "[x]": "This holds. Go on.",
        "[~]": "Something waits for you or for DNS: Enter on its line says what to do.",
        "[!]": "Something failed: Enter on its line says more.",
        "[-]": "Not chosen. Go on.",
        "[ ]": "",
    }
    return sentences[step.standing.value]
