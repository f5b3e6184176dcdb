"""The last page: what stands, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from mailwizard.errors import MailwizardError
from mailwizard.standing import Standing, Step
from mailwizard.wizard import Wizard

from .brief import in_brief
from .signs import folded, of_step
from .widgets.press import Press, row
from .widgets.text import Text

if TYPE_CHECKING:
    from .wizard import WizardScreen


class Summary(VerticalScroll):
    """Every step with its sign, and what waits."""

    can_focus = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="summary")
        self.wizard = wizard
        self._next = -1  # what the second button opens: the welcome, or the step with which to go on

    def compose(self) -> ComposeResult:
        """The steps, two buttons, and what waits."""
        yield Text("Looking at everything once more ...", id="sum")
        yield row(Press("Quit", "quit"), Press("Look at everything again", "again"))
        yield Text(id="waiting")

    def on_mount(self) -> None:
        """Quit has the focus. Everything is looked at once more: an answer may have undone a step before it."""
        self.query_one("#quit").focus()
        self._look()

    @work(group="look")
    async def _look(self) -> None:
        try:
            left = await self.wizard.look_at_all(lambda step: None)
        except MailwizardError as error:
            self.query_one("#sum", Text).show(str(error))
            return
        width = max(self.app.size.width - (24 if self.app.size.width >= 100 else 4), 40)
        self.query_one("#sum", Text).show(summed_up(self.wizard, width))
        self.query_one("#waiting", Text).show(what_waits(self.wizard, width))
        self._screen.draw()
        if left < len(self.wizard.steps):
            self._next = left
            again = self.query_one("#again", Press)
            again.say(f"Go on with {self.wizard.steps[left].title}")
            again.focus()

    @property
    def _screen(self) -> WizardScreen:
        return cast("WizardScreen", self.screen)

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """Leaves, or goes on with what is left, or begins again with a look at everything."""
        event.stop()
        if event.what == "quit":
            self._screen.application.leave()
        else:
            self._screen.turn_to(self._next)


def summed_up(wizard: Wizard, width: int) -> str:
    """A sentence, and each step in a line."""
    steps = wizard.steps
    ending = (
        "Some steps are not done yet. Start mailwizard again at any time: it goes on from here."
        if _left(wizard)
        else "All is done, and was seen to work. `mailwizard health` looks at everything again."
    )
    rows = [f"  {of_step(step, False)} {step.title}" for step in steps]
    return "\n".join([folded(ending, width), "", *rows])


def what_waits(wizard: Wizard, width: int) -> str:
    """What waits for the user or for the DNS, a line or two each; and where the mail programs' values are."""
    fixes = dict.fromkeys(in_brief(step, f) for step in _left(wizard) for f in step.open)
    waits = [f"- {folded(fix, width, 2)}" for fix in fixes]
    told = ["What waits for you or for the DNS:", *waits] if waits else []
    return "\n".join(["", *told, "g: what to type into Gmail and other mail programs"])


def _left(wizard: Wizard) -> list[Step]:
    return [step for step in wizard.steps if step.standing not in (Standing.DONE, Standing.NOT_CHOSEN)]
