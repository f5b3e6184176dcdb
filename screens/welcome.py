"""The first page: everything is looked at, and what stands, what is half done and what waits is told."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from mailwizard.errors import MailwizardError
from mailwizard.standing import Standing, Step
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .widgets.rail import Rail

_FIRST = """\
mailwizard makes this server a mail server whose mail is accepted, step by step,
and shows you that it is so. It changes nothing that it did not show you before.

You may stop at any time, or lose the connection: start it again, and it looks
at everything and goes on where the set-up stands.

Looking at this server ..."""


class Welcome(VerticalScroll):
    """What was found, and where to go on."""

    can_focus = False

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="welcome")
        self.wizard = wizard
        self._next = 0

    def compose(self) -> ComposeResult:
        """A text and two buttons."""
        yield Static(Content(_FIRST), id="words")
        with Horizontal(classes="buttons"):
            yield Button("Begin", id="go", compact=True)
            yield Button("Look around first", id="around", compact=True)

    def on_mount(self) -> None:
        """Looks at everything in the background."""
        self.query_one("#go").focus()
        self.run_worker(self._look(), group="look")

    async def _look(self) -> None:
        try:
            self._next = await self.wizard.look_at_all(self._seen)
            interrupted = await self.wizard.interrupted()
        except MailwizardError as error:
            self.query_one("#words", Static).update(Content(one_line(str(error))))
            return
        before = _unfinished(interrupted.title) if interrupted else ""
        self.query_one("#words", Static).update(Content(_summary(self.wizard.steps) + before))
        steps = self.wizard.steps
        name = steps[self._next].title if self._next < len(steps) else "the summary"
        self.query_one("#go", Button).label = Content(f"Go on with {name}")

    def _seen(self, step: Step) -> None:
        self.screen.query_one(Rail).show(self.wizard.steps, -1)

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Opens the step to go on with, or the first one."""
        event.stop()
        from .wizard import WizardScreen

        if isinstance(self.screen, WizardScreen):
            await self.screen.open(self._next if event.button.id == "go" else 0)


def _summary(steps: Sequence[Step]) -> str:
    done = [step.title for step in steps if step.standing in (Standing.DONE, Standing.NOT_CHOSEN)]
    half = [f"{step.title}: {len(step.changes)} changes are left" for step in steps if step.is_half_done]
    failed = [step.title for step in steps if step.standing is Standing.FAILED]
    waiting = [
        f"{finding.subject or step.title}: {finding.title}"
        for step in steps
        if step.standing is Standing.WAITING
        for finding in step.findings
        if finding.waits
    ]
    parts = [("done", [", ".join(done)] if done else []), ("half", half), ("failed", failed), ("waiting", waiting[:6])]
    rows = [f"  {word if not n else '':<9} {line}" for word, lines in parts for n, line in enumerate(lines)]
    return "\n".join(["I looked at everything just now:", "", *map(_one_line_kept, rows), ""])


def _unfinished(title: str) -> str:
    return f"\nThe last time, this was not finished: {title}.\nI looked again; what is left of it is among the changes."


def _one_line_kept(row: str) -> str:
    """A row in one line, its indent kept."""
    return row[: len(row) - len(row.lstrip())] + one_line(row) if row.strip() else ""
