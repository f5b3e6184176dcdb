"""The step DNS records: each record at each server, asked again by itself, and what to enter at the provider's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from mailwizard.errors import MailwizardError
from mailwizard.overview import Row, overview, page, write_page
from mailwizard.text import one_line, printable

from .copying import copied, show_plainly
from .record_page import RecordPage, advice, in_short
from .signs import cut, folded
from .step import StepView
from .widgets.question import Question
from .widgets.records_table import RecordsTable
from .widgets.text import Text

EVERY = 10  # seconds between two askings


class Records(StepView):
    """Nothing here changes a record: that is done at the DNS provider's page."""

    step: ClassVar[str] = "records"
    keys: ClassVar[str] = "Enter all · c copy value · n name · f file · p plain · d DMARC · s SPF · Tab on"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_value", "Copy value", id="copy_value"),
        Binding("n", "copy_name", "Copy name", id="copy_name"),
        Binding("f", "file", "To a file", id="file"),
        Binding("p", "plain", "Plain page", id="plain"),
        Binding("d", "field('dmarc_policy')", "DMARC", id="dmarc"),
        Binding("s", "field('spf_include')", "SPF", id="spf"),
    ]

    def found(self) -> Iterable[Widget]:
        """The table, and the record under its cursor."""
        yield RecordsTable()
        yield Text(id="record", classes="record")
        yield Text(id="asked", classes="record")

    def extra(self) -> Iterable[Widget]:
        """The records as the fields above make them."""
        return (Text(id="preview", classes="record"),)

    async def on_mount(self) -> None:
        """Asks again and again while the step is open."""
        self.set_interval(EVERY, self._ask_again)

    def _ask_again(self) -> None:
        if self.screen.is_current and not self.is_working:
            self.post_message(self.Wished("look"))

    def settle(self) -> None:
        """The table is the first thing here, unless something can be applied."""
        apply = self.query_one("#apply")
        (apply if apply.display else self.query_one(RecordsTable)).focus()

    def show_found(self) -> None:
        """What the step knows is told by the table; it is filled by what every server says."""
        if self.known.lacks:
            self.query_one("#record", Text).show(self.known.lacks)
        else:
            self._fill()

    @work(exclusive=True, group="records")
    async def _fill(self) -> None:
        try:
            rows = await overview(self.wizard)
        except MailwizardError as error:
            self._say(str(error))
            return
        self.query_one(RecordsTable).show_rows(rows, self.width)
        self._show_record()
        self._show_preview()
        self._say(_asked(rows, f"{self.wizard.now().astimezone():%H:%M:%S}"))

    def _say(self, words: str) -> None:
        self.query_one("#asked", Text).show(cut(one_line(words), self.width))

    def show_line(self, part: str) -> None:
        """The record under the cursor is shown below."""
        if part == "records":
            self._show_record()

    def _show_record(self) -> None:
        row = self.row
        if row is not None:
            text = f"{folded(advice(row), self.width)}\n{in_short(row.entry, self.width)}"
            self.query_one("#record", Text).show(text)

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.query_one(RecordsTable).row

    async def enter(self, part: str, number: int) -> None:
        """Opens the record as one's panel wants it; elsewhere it is as in every step."""
        if part != "records":
            await super().enter(part, number)
        elif self.row is not None:
            self.app.push_screen(RecordPage(self.row, self.app.size.width - 3))

    def on_descendant_focus(self) -> None:
        """The record that the field is part of stands below the fields."""
        self._show_preview()

    def action_copy_value(self) -> None:
        """c."""
        if self.row is not None:
            self._copy(self.row.entry.value)

    def action_copy_name(self) -> None:
        """n."""
        if self.row is not None:
            self._copy(self.row.entry.name)

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self._say(copied(text))

    async def action_file(self) -> None:
        """f: all records in a file."""
        try:
            self._say(f"All records stand in {await write_page(self.wizard, self.query_one(RecordsTable).rows)} now.")
        except MailwizardError as error:
            self._say(str(error))

    def action_plain(self) -> None:
        """p: all records outside the screens."""
        self._say(show_plainly(self.app, page(self.query_one(RecordsTable).rows)))

    def action_field(self, key: str) -> None:
        """d and s: the fields of the record's domain."""
        names = [domain.name for domain in self.wizard.answers.domains]
        subject = self.row.seen.wish.subject if self.row else ""
        fields = self.query(f"#{key}_{names.index(subject) if subject in names else 0}")
        if fields:
            fields.first().focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The record shown changes as the field does."""
        question = event.input.query_ancestor(Question)
        if not question.field.fault(event.value):
            self._answer(question)

    def _answer(self, question: Question) -> None:
        try:
            is_new = self.wizard.answer(question.field, question.text)
        except (ValueError, MailwizardError) as error:
            question.refuse(str(error))
            return
        if is_new:
            self._fill()

    def _show_preview(self) -> None:
        focused = (self.screen.focused.id if self.screen.focused else None) or ""
        wanted = "dmarc" if focused.startswith("dmarc_") else "spf" if focused.startswith("spf_") else ""
        rows = [row for row in self.query_one(RecordsTable).rows if row.seen.wish.record.purpose == wanted]
        lines = [f"{row.seen.wish.record.name}  TXT  {row.seen.wish.record.value}" for row in rows]
        text = "\n".join(folded(line, self.width, 4) for line in lines)
        preview = self.query_one("#preview", Text)
        preview.show(printable(text))
        if text:
            self.call_after_refresh(preview.scroll_visible, animate=False)


def _asked(rows: list[Row], at: str) -> str:
    waits = [row.view.until for row in rows if row.view.until]
    last = f" · old answers are gone by {max(waits).astimezone():%H:%M:%S}" if waits else ""
    return f"asked at {at}, every {EVERY} s{last}"
