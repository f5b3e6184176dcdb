"""The health view: all findings in one table, worst first, evidence on Enter. It never writes."""

from __future__ import annotations

import time
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static

from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding, Status
from mailwizard.plain import WORDS, worst_first
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .modals import TextPage
from .signs import cut, evidence, rule
from .widgets.lines import Lines


class HealthScreen(Screen[None]):
    """Everything that was checked, and what came of it."""

    help_name = "health"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "look", "Look again", id="look"),
        Binding("slash", "filter", "Filter", id="filter"),
        Binding("escape", "back", "Back", id="back"),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self.findings: list[Finding] = []
        self.shown: list[Finding] = []

    def compose(self) -> ComposeResult:
        """Title, filter, the table, why nothing can be changed, keys."""
        yield Static(id="title")
        yield Static(id="rule")
        yield Input(placeholder="Show only what has this word", id="filter", compact=True)
        yield Lines([], id="found")
        yield Static(Content(one_line(self.wizard.read_only_because)), id="status")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Looks."""
        self.query_one("#filter").display = False
        self.query_one("#found").focus()
        self.action_look()

    def action_look(self) -> None:
        """r: looks at everything again."""
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        self._title("looking ...")
        began = time.monotonic()
        try:
            await self.wizard.look_at_all(lambda step: None)
        except MailwizardError as error:
            self._title(one_line(str(error)))
            return
        self.findings = worst_first(f for step in self.wizard.steps for f in step.findings)
        failed = sum(f.status is Status.FAILED for f in self.findings)
        took = time.monotonic() - began
        self._title(f"looked at {datetime.now():%H:%M:%S}, {took:.1f} s · {failed} failed")
        self._show()

    def _title(self, words: str) -> None:
        answers, width = self.wizard.answers, max(self.app.size.width, 40)
        name = answers.server.hostname or "this server"
        line = f" {name} · {len(answers.domains)} domains · {words}"
        self.query_one("#title", Static).update(Content(cut(line, width)))
        self.query_one("#rule", Static).update(Content(rule() * width))

    def _show(self) -> None:
        word = self.query_one("#filter", Input).value.lower()
        self.shown = [f for f in self.findings if word in _row(f).lower()]
        width = max(self.app.size.width - 3, 40)
        self.query_one("#found", Lines).show([cut(_row(f), width) for f in self.shown] or ["    nothing has this word"])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: the finding's evidence, and what to do."""
        if event.option_index < len(self.shown):
            finding = self.shown[event.option_index]
            self.app.push_screen(TextPage(finding.title, evidence(finding)))

    def action_filter(self) -> None:
        """/: only what has a word."""
        self.query_one("#filter").display = True
        self.query_one("#filter").focus()

    def on_input_changed(self) -> None:
        """Filters while one types."""
        self._show()

    def on_input_submitted(self) -> None:
        """Enter: on to the table."""
        self.query_one("#found").focus()

    def action_back(self) -> None:
        """Esc: the filter goes first; then back to the wizard, if that is where one came from."""
        entry = self.query_one("#filter", Input)
        if entry.display:
            entry.value = ""
            entry.display = False
            self.query_one("#found").focus()
        elif len(self.app.screen_stack) > 2:
            self.dismiss()


def _row(finding: Finding) -> str:
    found = f": {'; '.join(finding.found)}" if finding.found else ""
    return one_line(f"{WORDS[finding.status]:<8} {finding.subject or 'server':<24} {finding.title}{found}")
