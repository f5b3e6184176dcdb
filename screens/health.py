"""The health view: all findings in one table, worst first, evidence on Enter. It never writes."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, OptionList

from mailwizard.errors import MailwizardError
from mailwizard.events import Event, Told
from mailwizard.finding import Finding, Status
from mailwizard.plain import worst_first
from mailwizard.text import one_line, sentence
from mailwizard.wizard import Wizard

from .health_rows import Row, rows_of
from .modals import TextPage, page_width
from .signs import counted, cut, evidence, folded, remedy
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
        self._heard_before = wizard.listen
        wizard.listen = self._hear

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
        yield Keys("")

    def on_mount(self) -> None:
        """Looks."""
        self._name_keys()
        self.query_one("#filter").display = False
        self.query_one("#findings").focus()
        self.action_look()

    def on_unmount(self) -> None:
        """What is told goes again to the screen below alone."""
        self.wizard.listen = self._heard_before

    def _hear(self, event: Event) -> None:
        """News of the machine stand here while it is looked at; the screen below hears all as before."""
        if isinstance(event, Told):
            self._say(sentence(event.text))
        self._heard_before(event)

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#why", Text).show_if_any(folded(words, max(self.app.size.width - 2, 40)))

    @property
    def _came_from(self) -> bool:
        """True when there is a screen to go back to."""
        return len(self.app.screen_stack) > 2

    def _name_keys(self) -> None:
        leave = "Esc back" if self._came_from or self.query_one("#filter").has_focus else "Ctrl+Q quit"
        self.query_one(Keys).say(f"↑↓ move · Enter all of it · r look again · / filter · F1 help · {leave}")

    def on_descendant_focus(self) -> None:
        """In the filter Esc leaves it."""
        self._name_keys()

    def action_look(self) -> None:
        """r: looks at everything again."""
        self._look()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        self._title("looking ...")
        self._say(self.wizard.read_only_because)
        began = self.wizard.now()
        try:
            await self.wizard.look_at_all(lambda step: None)
        except MailwizardError as error:
            self._title(one_line(str(error)))
            return
        finally:
            self._say(self.wizard.read_only_because)
        self.findings = worst_first(f for step in self.wizard.steps for f in step.findings)
        now = self.wizard.now()
        self._title(f"seen at {now.astimezone():%H:%M:%S}, {(now - began).total_seconds():.1f} s")
        self._show()

    def _title(self, words: str) -> None:
        answers, width = self.wizard.answers, max(self.app.size.width, 40)
        failed = sum(f.status is Status.FAILED for f in self.findings)
        name = one_line(answers.server.hostname) or "this server"
        notice = f" · {self.wizard.notice.partition(':')[0]}" if self.wizard.notice else ""
        right = f"{failed} failed" if self.findings else ""
        rest = f" · {counted(len(answers.domains), 'domain')}{notice} · {words}"
        room = width - len(right) - 3
        left = f"{cut(name, max(room - len(rest), 8))}{rest}"
        self.query_one("#title", Text).show(f" {cut(left, room):<{room}} {right}")
        self.query_one("#rule", Text).show("─" * width)

    def _show(self) -> None:
        width = max(self.app.size.width - 3, 40)
        self.rows = rows_of(self.findings, width, self.query_one("#filter", Input).value)
        self.query_one("#findings", Lines).show([row.line for row in self.rows] or [self._nothing])
        self._show_evidence()

    @property
    def _nothing(self) -> str:
        word = self.query_one("#filter", Input).value
        return f"Nothing here has the word {one_line(word)}." if word else "I have not looked yet."

    def _show_evidence(self) -> None:
        at = max(self.query_one("#findings", Lines).chosen, 0)
        row = self.rows[at] if at < len(self.rows) else None
        finding = row.findings[0] if row and len(row.findings) == 1 else None
        self.query_one("#evidence", Text).show(self._told(finding, self.app.size.width - 4) if finding else "")

    def _told(self, finding: Finding, width: int) -> str:
        return f"{one_line(finding.title)}\n{evidence(finding, remedy(self.wizard.steps, finding), width)}"

    def on_option_list_option_highlighted(self) -> None:
        """The row under the cursor shows its evidence below."""
        self._show_evidence()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: all the row's findings, with what to do."""
        if event.option_index < len(self.rows):
            row, width = self.rows[event.option_index], page_width(self.app)
            text = "\n\n".join(self._told(finding, width) for finding in row.findings)
            copy = row.findings[0].expected if len(row.findings) == 1 else ""
            self.app.push_screen(TextPage(row.title, text, copy=copy))

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
        elif self._came_from:
            self.dismiss()
