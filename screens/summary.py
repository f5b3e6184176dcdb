"""The last page: what stands, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from mailwizard.standing import Standing
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .signs import cut, folded, of_step
from .widgets.press import Press, row
from .widgets.text import Text

if TYPE_CHECKING:
    from .wizard import WizardScreen

_LONGEST = 200  # characters of what is to be done; the step itself says it all


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

    def compose(self) -> ComposeResult:
        """The steps, what waits, and two buttons."""
        yield Text(summed_up(self.wizard, max(self.app.size.width - (24 if self.app.size.width >= 100 else 4), 40)))
        yield row(Press("Quit", "quit"), Press("Look at everything again", "again"))

    def on_mount(self) -> None:
        """Quit has the focus."""
        self.query_one("#quit").focus()

    async def on_press_pressed(self, event: Press.Pressed) -> None:
        """Leaves, or begins again with a look at everything."""
        event.stop()
        screen = cast("WizardScreen", self.screen)
        if event.what == "quit":
            screen.application.leave()
        else:
            await screen.open(-1)


def summed_up(wizard: Wizard, width: int) -> str:
    """A sentence, each step in a line, and what waits."""
    steps = wizard.steps
    left = [step for step in steps if step.standing not in (Standing.DONE, Standing.NOT_CHOSEN)]
    ending = (
        "Some steps are not done yet. Start mailwizard again at any time: it goes on from here."
        if left
        else "All is done, and was seen to work. `mailwizard health` looks at everything again."
    )
    rows = [f"  {of_step(step, False)} {step.title}" for step in steps]
    fixes = dict.fromkeys(cut(one_line(f.fix), _LONGEST) for step in left for f in step.findings if f.waits)
    waits = [f"  - {folded(fix, width, 4)}" for fix in fixes]
    rows += ["", "g: what to type into Gmail and other mail programs"]
    return "\n".join([folded(ending, width), "", *rows, *(["", "What waits for you:", *waits] if waits else [])])
