"""A step's changes being made, and what is offered when one cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwizard.engine import Result
from mailwizard.errors import MailwizardError
from mailwizard.finding import Status

from .modals import Choice

if TYPE_CHECKING:
    from .step import StepView
    from .wizard import WizardScreen


class Applying:
    """One Apply of one step."""

    def __init__(self, screen: WizardScreen, view: StepView) -> None:
        self.screen, self.view, self.wizard = screen, view, screen.wizard

    async def run(self) -> None:
        """Saves the answers, makes the changes, looks again. A failure is offered to the user."""
        self.screen.workers.cancel_group(self.screen, "look")
        self.view.begin_work()
        why = ""
        try:
            if self.wizard.draft.is_changed:
                await self.wizard.save()
            self.wizard.refresh_services()
            result = await self.wizard.apply(self.view.step)
            why = _why(result)
        except MailwizardError as error:
            why = str(error)
        if self.view.is_attached:
            self.screen.call_later(self._show, why)

    async def _show(self, why: str) -> None:
        if not self.view.is_attached:
            return
        self.view.end_work()
        await self.screen.show(self.view)
        self.view.settle()
        if why:
            self._offer(why)

    def _offer(self, why: str) -> None:
        self.screen.say(why)
        answers = {"retry": "Try again", "log": "Show the log"}
        if self._may_skip():
            answers["skip"] = "Go on without"
        title = f"{self.view.known.title}: a change could not be made"
        self.screen.app.push_screen(Choice(title, why, {**answers, "quit": "Quit"}), self._chosen)

    def _may_skip(self) -> bool:
        """A step that others build on is not skipped: they could only fail as well."""
        failed = {f.id for f in self.view.known.findings if f.status is Status.FAILED}
        later = self.wizard.services.order[self.wizard.number(self.view.step) + 1 :]
        return not any(failed & set(service.needs) for service in later)

    def _chosen(self, answer: str | None) -> None:
        if answer == "retry":
            self.screen.apply()
        elif answer == "log":
            self.screen.action_log()
        elif answer == "skip":
            self.screen.turn_to(self.screen.at + 1)
        elif answer == "quit":
            self.screen.application.leave()


def _why(result: Result) -> str:
    """Why not all could be made; empty when it could."""
    if result.failures:
        change, error = result.failures[0]
        return f"{change.change.title}: {error}"
    if result.blocked:
        needs = "; ".join(finding.title for found in result.blocked.values() for finding in found)
        return f"First this must hold: {needs}."
    return ""
