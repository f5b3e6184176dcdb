"""The health view: all findings in one table, worst first, evidence on Enter. It never writes."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, OptionList

from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding, Status
from mailwizard.plain import worst_first
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .health_rows import Row, rows_of
from .modals import TextPage
from .signs import counted, cut, evidence, folded
from .widgets.keys import Keys
from .widgets.lines import Lines
from .widgets.text import Text


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
        self.rows: list[Row] = []

    def compose(self) -> ComposeResult:
        """Title, filter, the table, the chosen row's evidence, why nothing can be changed, keys."""
        yield Text(id="title")
        yield Text(id="rule")
        entry = Input(placeholder="Only what has this word", id="filter", compact=True)
        entry.cursor_blink = False
        yield entry
        yield Lines([], id="findings")
        yield Text(id="evidence")
        yield Text(id="why")
        yield Keys("↑↓ move · Enter all of the row · r look again · / filter · F1 help · Ctrl+Q quit")

    def on_mount(self) -> None:
        """Looks."""
        self.query_one("#filter").display = False
        self.query_one("#findings").focus()
        why = folded(self.wizard.read_only_because, max(self.app.size.width - 2, 40))
        self.query_one("#why", Text).show_if_any(why)
        self.action_look()

    def action_look(self) -> None:
        """r: looks at everything again."""
        self._look()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        self._title("looking ...")
        began = self.wizard.now()
        try:
            await self.wizard.look_at_all(lambda step: None)
        except MailwizardError as error:
            self._title(one_line(str(error)))
            return
        self.findings = worst_first(f for step in self.wizard.steps for f in step.findings)
        now = self.wizard.now()
        self._title(f"looked at {now.astimezone():%H:%M:%S}, {(now - began).total_seconds():.1f} s")
        self._show()

    def _title(self, words: str) -> None:
        answers, width = self.wizard.answers, max(self.app.size.width, 40)
        failed = sum(f.status is Status.FAILED for f in self.findings)
        name = one_line(answers.server.hostname) or "this server"
        notice = f" · {self.wizard.notice.partition(':')[0]}" if self.wizard.notice else ""
        right = f"{failed} failed" if self.findings else ""
        left = f" {name} · {counted(len(answers.domains), 'domain')}{notice} · {words}"
        room = width - len(right) - 2
        self.query_one("#title", Text).show(f"{cut(left, room):<{room}} {right}")
        self.query_one("#rule", Text).show("─" * width)

    def _show(self) -> None:
        width = max(self.app.size.width - 3, 40)
        self.rows = rows_of(self.findings, self.query_one("#filter", Input).value)
        self.query_one("#findings", Lines).show([cut(row.line, width) for row in self.rows] or ["Nothing is here."])
        self._show_evidence()

    def _show_evidence(self) -> None:
        at = max(self.query_one("#findings", Lines).chosen, 0)
        row = self.rows[at] if at < len(self.rows) else None
        finding = row.findings[0] if row and len(row.findings) == 1 else None
        text = f"{finding.title}\n{evidence(finding, self.app.size.width - 4)}" if finding else ""
        self.query_one("#evidence", Text).show(text)

    def on_option_list_option_highlighted(self) -> None:
        """The row under the cursor shows its evidence below."""
        self._show_evidence()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: all the row's findings, with what to do."""
        if event.option_index < len(self.rows):
            row, width = self.rows[event.option_index], self.app.size.width - 2
            text = "\n\n".join(f"{one_line(f.title)}\n{evidence(f, width)}" for f in row.findings)
            copy = row.findings[0].expected if len(row.findings) == 1 else ""
            self.app.push_screen(TextPage(row.line.strip(), text, copy=copy))

    def action_filter(self) -> None:
        """/: only what has a word."""
        self.query_one("#filter").display = True
        self.query_one("#filter").focus()

    def on_input_changed(self) -> None:
        """Filters while one types."""
        self._show()

    def on_input_submitted(self) -> None:
        """Enter: on to the table."""
        self.query_one("#findings").focus()

    def action_back(self) -> None:
        """Esc: the filter goes first; then back to the wizard, if that is where one came from."""
        entry = self.query_one("#filter", Input)
        if entry.display:
            entry.value = ""
            entry.display = False
            self.query_one("#findings").focus()
        elif len(self.app.screen_stack) > 2:
            self.dismiss()
