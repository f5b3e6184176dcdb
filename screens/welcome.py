"""The first page: everything is looked at, and what stands, what is half done and what waits is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding, Status
from mailwizard.journal import Entry
from mailwizard.standing import Standing, Step
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .beginning import FIRST
from .brief import all_in_brief
from .signs import counted, folded
from .widgets.press import Press, row
from .widgets.text import Text

if TYPE_CHECKING:
    from .wizard import WizardScreen

_OF_OTHERS = ("server", "names", "addresses", "records", "reverse_dns")  # steps in which others have to do something


class Welcome(VerticalScroll):
    """What was found, and where to go on."""

    can_focus = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="welcome")
        self.wizard = wizard
        self._next = 0

    def compose(self) -> ComposeResult:
        """A text and two buttons."""
        yield Text(id="words")
        yield row(Press("Begin", "go"), Press("Look around first", "around"))
        yield Text(id="waiting")

    def on_mount(self) -> None:
        """Looks at everything in the background."""
        self.query_one("#go").focus()
        self._say("\n\n".join(FIRST), "\nLooking at this server ...")
        self._look()

    @property
    def width(self) -> int:
        """Columns for a line."""
        return max(self.app.size.width - 25, 40)

    def _say(self, words: str, waiting: str = "") -> None:
        self.query_one("#words", Text).show(folded(words, self.width))
        self.query_one("#waiting", Text).show(folded(waiting, self.width))

    @work(group="look")
    async def _look(self) -> None:
        try:
            self._next = await self.wizard.look_at_all(self._seen)
            begun, interrupted = await self.wizard.begun(), await self.wizard.interrupted()
        except MailwizardError as error:
            self._say(str(error))
            return
        steps, to_do = self.wizard.steps, waiting(self.wizard.steps, self.width)
        name = steps[self._next].title if self._next < len(steps) else "the summary"
        if begun:
            self._say(summary(steps, begun, self.width, interrupted), to_do)
        else:
            self._say("\n\n".join(FIRST), f"\nI looked at this server: nothing is set up yet.\n{to_do}")
        self.query_one("#go", Press).say(f"Go on with {name}" if begun or self._next else "Begin")

    def _seen(self, step: Step) -> None:
        self._screen.draw()

    @property
    def _screen(self) -> WizardScreen:
        return cast("WizardScreen", self.screen)

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """Opens the step to go on with, or the health view to look around."""
        event.stop()
        if event.what == "go":
            self._screen.turn_to(self._next)
        else:
            self._screen.action_health()


def summary(steps: Sequence[Step], begun: Collection[str], width: int, interrupted: Entry | None) -> str:
    """What is done, begun, failed, waiting, not chosen, and what was interrupted, in lines of `width` columns."""
    half = [step for step in steps if step.changes and step.name in begun]
    rows = [("done", _titles(steps, Standing.DONE))]
    rows += [("begun", f"{step.title}: {counted(len(step.changes), 'change')} left to make") for step in half]
    rows += [("failed", _titles(steps, Standing.FAILED))]
    rows += [("waiting", _waits(step)) for step in steps if step.standing is Standing.WAITING]
    rows += [("not chosen", _titles(steps, Standing.NOT_CHOSEN))]
    lines, before = ["Welcome back. I looked at everything again just now:", ""], ""
    for word, text in rows:
        if text:
            lines.append(f"  {word if word != before else '':<11} {folded(one_line(text), width, 14)}")
            before = word
    return "\n".join([*lines, "", *([f"{_cut_short(interrupted)}\n"] if interrupted else [])])


def _titles(steps: Sequence[Step], standing: Standing) -> str:
    return ", ".join(step.title for step in steps if step.standing is standing)


def _waits(step: Step) -> str:
    waits = step.open
    title = waits[0].title if waits[0].title != step.title else ""
    first = f"{title} {waits[0].subject}".strip()
    return f"{step.title}: {first}" if len(waits) == 1 else f"{step.title}: {len(waits)} of {len(step.findings)} wait"


def _cut_short(entry: Entry) -> str:
    at = datetime.fromisoformat(entry.at).astimezone()
    return (
        f"mailwizard was cut short at {at:%H:%M} while it did this: {one_line(entry.title)}. What is left of it is "
        "among the changes of its step."
    )


def waiting(steps: Sequence[Step], width: int) -> str:
    """What waits for the user, a few lines for each step; the last steps first, for hosters take longest."""
    rows = [
        f"- {folded(all_in_brief(step, asks), width, 2)}"
        for step in reversed(steps)
        if step.name in _OF_OTHERS and (asks := [finding for finding in step.findings if _asks(finding)])
    ]
    return "\n".join(["", "What takes others time, so begin with it now:", *rows]) if rows else ""


def _asks(finding: Finding) -> bool:
    """True when the user can do something about it now; what resolvers remember goes by itself."""
    return finding.waits and finding.status is Status.FAILED and finding.until is None
