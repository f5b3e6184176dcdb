"""Mail programs: what to type into Gmail and others, field by field, and what the server's log says meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList

from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding
from mailwizard.programs.published import optional_findings, page
from mailwizard.programs.ready import STEPS, missing
from mailwizard.programs.sheet import PASSWORD, Sheet, Value, domain_of, sheets
from mailwizard.programs.telling import Telling
from mailwizard.programs.watch import beginning, confirmed_name, watch
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .copying import copied, show_plainly
from .modals import TextPage
from .signs import cut, folded
from .widgets.choose import Choices, Choose, Picked, Searched
from .widgets.keys import Keys
from .widgets.lines import Lines
from .widgets.question import MANY
from .widgets.text import Text
from .widgets.title import Title
from .widgets.watched import Watched

ROWS = 4  # of the log
_LABEL = 22  # columns at most


class Body(VerticalScroll):
    """What may be longer than the screen. The arrows move the focus, and do not scroll it as Textual's own would."""

    can_focus = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]


class MailPrograms(Screen[None]):
    """A sheet of values for one sender and one program. It only reads: nothing is changed here."""

    help_name = "mail_programs"
    CSS = """
    MailPrograms .row { height: 1; }
    MailPrograms .label { width: 10; }
    MailPrograms #where, MailPrograms #lacking, MailPrograms #then { height: auto; }
    MailPrograms #values { max-height: 8; }
    MailPrograms .page > .title, MailPrograms .head { margin: 0; }
    MailPrograms #watched { height: 4; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="back"),
        Binding("c", "copy", "Copy", id="copy"),
        Binding("p", "plain", "Plain page", id="plain"),
        Binding("o", "optional", "Records", id="optional"),
        Binding("r", "look", "Look again", id="look"),
    ]

    def __init__(self, wizard: Wizard, address: str = "") -> None:
        """`address` is the sender that is shown first; the first of the answers when it is empty."""
        super().__init__()
        self.wizard = wizard
        self._senders = wizard.answers.senders
        self._first = address if address in self._senders else (self._senders[0] if self._senders else "")
        self._since: str | None = None

    def compose(self) -> ComposeResult:
        """The two choices, where the fields are, the values, what is missing, what comes then; the log below."""
        with Vertical(classes="page"):
            yield Title(f"Mail programs · {one_line(self.wizard.answers.server.hostname)}")
            with Body(id="text"):
                if self._senders:
                    yield from self._sheet_parts()
                else:
                    yield Text("There is no sender yet. Esc, and name one in the step Names.")
            yield Text("What the server's log says", classes="head")
            yield Watched(ROWS, id="watched")
            yield Text(id="said")
        yield Keys("↑↓ move · ←→ other choice · c copy · p plain · o records · r look · Esc back")

    def _sheet_parts(self) -> ComposeResult:
        senders: Choices = tuple((address, one_line(address)) for address in self._senders)
        programs: Choices = tuple((sheet.program, sheet.title) for sheet in sheets(self.wizard.answers, self._first))
        many = len(senders) > MANY
        with Horizontal(classes="row"):
            yield Text("Sender", classes="label")
            yield (
                Searched(senders, self._first, "Sender", id="sender")
                if many
                else Choose(senders, self._first, "sender")
            )
        with Horizontal(classes="row"):
            yield Text("Program", classes="label")
            yield Choose(programs, programs[0][0], "program")
        yield Text(id="lacking")
        yield Text(id="where")
        yield Lines([], id="values")
        yield Text(id="then")

    def on_mount(self) -> None:
        """Shows the first sheet, looks at what nobody looked at yet, and begins to watch."""
        if not self._senders:
            return
        self.query_one("#values").focus(scroll_visible=False)  # one begins to read above it
        self.show()
        self._watch()
        if not all(step.looked for step in self.wizard.steps if step.name in STEPS):
            self._look()

    @property
    def address(self) -> str:
        """The sender chosen."""
        chosen = self.query_one("#sender")
        assert isinstance(chosen, (Choose, Searched))
        return chosen.value

    @property
    def sheet(self) -> Sheet:
        """The sheet of the program chosen."""
        program = self.query_one("#program", Choose).value
        return next(sheet for sheet in sheets(self.wizard.answers, self.address) if sheet.program == program)

    def show(self) -> None:
        """Shows the sheet chosen, and what is missing for it now."""
        sheet, width = self.sheet, max(self.app.size.width - 4, 40)
        findings = [finding for step in self.wizard.steps for finding in step.findings]
        lacking = missing(findings, self.wizard.answers, self.address, sheet)
        self.query_one("#where", Text).show(folded(sheet.where, width))
        self.query_one("#lacking", Text).show_if_any("\n".join(folded(f"[!] {words}", width, 4) for words in lacking))
        self.query_one("#values", Lines).show([self._row(value, width - 2) for value in sheet.values])
        self.query_one("#then", Text).show(folded(sheet.then, width))

    def _row(self, value: Value, width: int) -> str:
        wide = min(max(len(one.label) for one in self.sheet.values), _LABEL)
        remark = f"({value.remark})" if value.text and value.remark else value.remark
        return cut(f"{value.label:<{wide}}  {f'{value.text}  {remark}'.strip()}", width)

    def on_picked(self, event: Picked) -> None:
        """Another sender or program."""
        event.stop()
        self.show()
        if self.query_one(Watched).address != self.address:
            self._watch()

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        pane, address = self.query_one(Watched), self.address
        pane.begin(address, f"Nothing yet about {one_line(address)}. I look twice a second.")
        named = partial(confirmed_name, self.wizard.services.dns.resolve)
        try:
            if self._since is None:
                self._since = await beginning(self.wizard.host)
            async with aclosing(watch(self.wizard.host, Telling(address), self._since, named)) as told:
                async for one in told:
                    pane.tell(f"{one.at.astimezone():%H:%M:%S} {one.text}")
        except MailwizardError as error:
            pane.tell(f"The log can be watched no more: {one_line(str(error))} Press r to try again.")
            pane.address = ""

    def action_look(self) -> None:
        """r: looks again at what must hold, and at the log if that had ended."""
        if self._senders:
            self._look()
            if not self.query_one(Watched).address:
                self._watch()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        self.query_one("#said", Text).show("Looking ...")
        names = [step.name for step in self.wizard.steps if step.name in STEPS]
        try:
            self.wizard.forget()
            await asyncio.gather(*(self.wizard.look(name) for name in names))
            said = ""
        except MailwizardError as error:
            said = cut(one_line(str(error)), self.app.size.width - 2)
        self.query_one("#said", Text).show(said)
        self.show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """At the last value what stands below it comes in view, at the first one what stands above, else the values."""
        if event.option_index == 0:
            self.query_one("#text").scroll_home(animate=False)
        elif event.option_index == len(self.sheet.values) - 1:
            self.query_one("#text").scroll_end(animate=False)
        else:
            event.option_list.scroll_visible(animate=False)

    def on_option_list_option_selected(self) -> None:
        """Enter on a value copies it, too."""
        self.action_copy()

    def action_copy(self) -> None:
        """c: the value under the cursor; a password only while it is known, and without showing it."""
        values = self.query_one("#values", Lines) if self._senders else None
        value = self.sheet.values[values.chosen] if values is not None and values.chosen >= 0 else None
        if value is None:
            return
        text, shown = (self._password(), "the password") if value.label == PASSWORD else (value.text, value.text)
        if text:
            self.app.copy_to_clipboard(text)
        nothing = "Nothing to copy here: this is for you to type."
        self.query_one("#said", Text).show(copied(shown) if text else nothing)

    def _password(self) -> str:
        known = self.wizard.passwords.get(self.address) or self.wizard.services.senders.generated.get(self.address)
        return known.reveal() if known else ""

    def action_plain(self) -> None:
        """p: the sheet on a plain page, to be marked with the mouse."""
        if self._senders:
            rows = [f"{value.label}: {value.text or f'({value.remark})'}" for value in self.sheet.values]
            text = "\n".join([self.sheet.where, "", *rows, "", self.sheet.then])
            self.query_one("#said", Text).show(show_plainly(self.app, text))

    @work(exclusive=True, group="optional")
    async def action_optional(self) -> None:
        """o: the records and the file that a domain may publish for mail programs, and how they stand."""
        if not self._senders:
            return
        answers = self.wizard.answers
        domain = domain_of(answers, self.address)
        self.query_one("#said", Text).show(f"Asking the name servers of {domain.name} ...")
        findings: list[Finding] = await optional_findings(
            self.wizard.services.dns.authoritative_lookup, answers, domain
        )
        self.query_one("#said", Text).show("")
        text = page(answers, domain, findings)
        self.app.push_screen(TextPage(f"For mail programs that ask {domain.name}", text))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()
