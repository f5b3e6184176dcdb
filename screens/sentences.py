"""The words around a step: its title, what to do next, and which keys do what."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Input

from mailwizard import __version__
from mailwizard.finding import Status
from mailwizard.standing import Standing, Step
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .signs import counted, cut, shortened
from .step import StepView
from .widgets.choose import Choose, Searched
from .widgets.lines import Lines

_LEAST_OF_NAME = 11  # columns of the server's name in the first row, however narrow it is


def title(wizard: Wizard, at: int, width: int) -> str:
    """The first row: what is open, on which server, and how far one is."""
    steps = wizard.steps
    done = sum(step.standing in (Standing.DONE, Standing.NOT_CHOSEN) for step in steps if step.looked)
    inside = 0 <= at < len(steps)
    right = f"{at + 1}/{len(steps)}" if inside else f"{done}/{len(steps)}"
    name = one_line(wizard.answers.server.hostname) or "new set-up"
    room = width - len(right) - 3
    before = f"{steps[at].title if inside else f'mailwizard {__version__}'} · "
    after = f" · {wizard.notice}" if wizard.notice else ""
    left = f"{before}{shortened(name, max(room - 1 - len(before) - len(after), _LEAST_OF_NAME))}{after}"
    return f" {cut(left, room - 1):<{room}} {right}"


def sentence(step: Step, wizard: Wizard) -> str:
    """What to do next in this step."""
    if wizard.read_only_because:
        return wizard.read_only_because
    if step.lacks:
        return step.lacks
    if step.changes and wizard.blocked_by(step.name):
        return "Nothing can be changed here yet: an earlier step comes first."
    if step.changes:
        them = "it" if len(step.changes) == 1 else "them"
        count = counted(len(step.changes), "change")
        return f"{count} to make: Apply, or a, makes {them}. Enter on a line shows its text."
    sentences = {
        Standing.DONE: _done(step),
        Standing.WAITING: "Something waits for you or for the DNS: Enter on its line says what to do.",
        Standing.FAILED: "Something failed: Enter on its line says more.",
        Standing.NOT_CHOSEN: "Not chosen. Go on.",
    }
    return sentences.get(step.standing, "")


def _done(step: Step) -> str:
    if any(finding.status is Status.WARNING for finding in step.findings):
        return "This holds, with a warning: Enter on its line says more. Go on."
    if any(finding.status is Status.UNKNOWN for finding in step.findings):
        return "Nothing is left to do here; what is marked [?] could not be seen. Go on."
    return "This holds. Go on."


def keys_for(view: StepView | None, focused: Widget | None) -> str:
    """The keys that matter where the focus is; while changes are being made only those that do something then."""
    if view is not None and view.is_working:
        return "l log · F1 help · Ctrl+Q leave, once the change in hand is finished"
    if isinstance(focused, Input):
        return "Enter, Tab next field · ↑↓ move · F1 help · Esc back · Ctrl+Q quit"
    if isinstance(focused, Choose):
        return "←→ other choice · Enter next · ↑↓ move · F1 help · l log · Esc back"
    if isinstance(focused, Searched):
        return "Enter search · ↑↓ move · F1 help · l log · Esc back"
    if isinstance(focused, Lines):
        if view is not None and view.keys:
            return view.keys
        return "Enter shows more · ↑↓ move · r look again · F1 help · l log · Esc back"
    if view is None:
        return "Enter go on · ←→ choose · PgDn more · F1 help · ? keys · h health · Ctrl+Q quit"
    return "Enter press · ←→↑↓ move · r look again · F1 help · ? keys · l log · Esc back"
