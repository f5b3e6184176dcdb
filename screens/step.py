"""A step on the screen: what was found, what is asked, what would change. The same three parts for every step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList

from mailwizard.change import Change
from mailwizard.debian.testing import new_source
from mailwizard.errors import MailwizardError
from mailwizard.events import Event
from mailwizard.finding import Finding
from mailwizard.forms.field import Field
from mailwizard.forms.steps import fields_of
from mailwizard.plain import worst_first
from mailwizard.standing import Step
from mailwizard.text import listed, one_line
from mailwizard.wizard import Wizard

from .modals import TextPage, page_width
from .signs import cut, evidence, finding_rows, folded, remedy, told
from .widgets.form import Form
from .widgets.lines import Lines
from .widgets.press import Press, row
from .widgets.question import Question
from .widgets.text import Text
from .widgets.work import Work


class StepView(VerticalScroll):
    """One step. Subclasses add what is special about theirs by `extra`."""

    step: ClassVar[str]
    keys: ClassVar[str] = ""  # the keys of this step alone
    can_focus = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("r", "wish('look')", "Look again", id="look"),
        Binding("a", "wish('apply')", "Apply", id="apply"),
    ]

    class Wished(Message):
        """The user wishes something: `apply`, `look` or `next`."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class Worked(Message):
        """Work began, or ended: other keys do something now."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="step")
        self.wizard = wizard
        self.findings: list[Finding] = []
        self.is_working = False

    @property
    def known(self) -> Step:
        """What is known of this step."""
        return self.wizard.steps[self.wizard.number(self.step)]

    def fields(self) -> list[Field]:
        """What is asked now."""
        return fields_of(self.step, self.wizard)

    def extra(self) -> Iterable[Widget]:
        """Widgets of this step alone, between what is asked and what would change."""
        return ()

    def compose(self) -> ComposeResult:
        """The three parts, then the buttons; the work that is going on stands in their place meanwhile."""
        fields = self.fields()
        with Vertical(id="parts"):
            yield from self.found()
            if fields:
                yield Text("What I need to know", classes="head")
                yield Form(fields)
            yield from self.extra()
            yield Text("What would change", classes="head", id="change_head")
            yield Lines([], id="changes")
            yield Text(id="first")
            yield row(Press("Apply", "apply"), Press("Look again", "look"), Press("Go on", "next"))
        yield Work()

    def found(self) -> Iterable[Widget]:
        """The part that tells what was found."""
        return (Text("What I found", classes="head"), Lines([], id="found"), Text(id="todo", classes="todo"))

    async def on_mount(self) -> None:
        """Shows what is known; the first thing to do has the focus."""
        await self.show()
        self.settle()

    def settle(self) -> None:
        """Takes the focus to the first thing to do: a question, Apply, or on."""
        forms = self.query(Form)
        question = forms.first().first_open if forms else None
        if question is not None:
            question.enter()
        else:
            self.query_one("#apply" if self.query_one("#apply").display else "#next").focus()
        self.call_after_refresh(self.keep_in_view)

    def keep_in_view(self) -> None:
        """Scrolls to where the focus is: when it came there the page had not its size yet. It may be turned by now."""
        if self.is_attached and self.screen.focused is not None and self in self.screen.focused.ancestors:
            self.screen.focused.scroll_visible(animate=False)

    def watch_virtual_size(self) -> None:
        """The page is longer or shorter than it was: the focus stays in view, whatever came late."""
        self.call_after_refresh(self.keep_in_view)

    @property
    def width(self) -> int:
        """Columns for a line."""
        return max((self.size.width or self.app.size.width) - 5, 40)

    async def show(self) -> None:
        """Shows what is known of the step now."""
        if forms := self.query(Form):
            await forms.first().show(self.fields())
        self.show_found()
        self._show_changes()

    def show_found(self) -> None:
        """What was found, the worst first."""
        step = self.known
        self.findings = worst_first(step.findings)
        rows = finding_rows(self.findings, self.width, self.tell)
        nothing = "I have not looked yet." if not step.looked else step.lacks or "There is nothing to look at."
        self.query_one("#found", Lines).show(rows or [cut(nothing, self.width)])
        self.show_todo()

    def tell(self, finding: Finding) -> str:
        """What a finding's line says beside its name. A step that shows it in another place leaves it out here."""
        return told(finding)

    def show_todo(self) -> None:
        """What to do about the finding under the cursor."""
        at = max(self.query_one("#found", Lines).chosen, 0)
        fix = self.findings[at].fix if at < len(self.findings) else ""
        self.query_one("#todo", Text).show_if_any(folded(fix, self.width - 4))

    def _show_changes(self) -> None:
        changes, against = self.known.changes, self.wizard.blocked_by(self.step)
        self.query_one("#changes", Lines).show([_change_row(change, self.width) for change in changes])
        for part in ("#change_head", "#changes"):
            self.query_one(part).display = bool(changes)
        said = _first(against, self.wizard.steps) if changes and against else new_source(changes)
        self.query_one("#first", Text).show_if_any(folded(said, self.width))
        self.query_one("#apply").display = bool(changes) and not against
        self.query_one("#next", Press).say("Not now" if changes else "Go on")

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line. Textual calls the handlers of a subclass and of its bases: this one is for all."""
        event.stop()
        await self.enter(event.option_list.id or "", event.option_index)

    async def enter(self, part: str, number: int) -> None:
        """Shows a finding's evidence, or a change's text."""
        if part == "found" and number < len(self.findings):
            finding = self.findings[number]
            text = evidence(finding, remedy([self.known], finding), page_width(self.app))
            self.app.push_screen(TextPage(finding.title, text, copy=finding.expected))
        elif part == "changes" and number < len(self.known.changes):
            await self._open_change(self.known.changes[number])

    async def _open_change(self, change: Change) -> None:
        try:
            text = await change.diff(self.wizard.host)
        except MailwizardError as error:
            text = str(error)
        self.app.push_screen(TextPage(change.title, text or change.detail or "There is nothing more to show."))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The line under the cursor says what to do."""
        event.stop()
        self.show_line(event.option_list.id or "")

    def show_line(self, part: str) -> None:
        """Shows what belongs to the line under the cursor."""
        if part == "found":
            self.show_todo()

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """A button was pressed."""
        event.stop()
        self.press(event.what)

    def press(self, what: str) -> None:
        """The buttons say their wish."""
        self.post_message(self.Wished(what))

    def action_wish(self, what: str) -> None:
        """r and a."""
        if what != "apply" or self.query_one("#apply").display:
            self.post_message(self.Wished(what))

    def on_question_answered(self, event: Question.Answered) -> None:
        """An answer is kept, and what it changes is looked at."""
        event.stop()
        question = event.question
        try:
            is_new = self.wizard.answer(question.field, question.text)
        except (ValueError, MailwizardError) as error:
            question.refuse(str(error))
            return
        if is_new:
            self.post_message(self.Wished("look"))

    def take_answers(self) -> str:
        """Keeps what stands in the fields. Returns the first fault, empty when there is none."""
        for form in self.query(Form):
            faults = [(question, fault) for question in form.questions if (fault := question.show_fault())]
            if faults:
                faults[0][0].enter()
                return faults[0][1]
            for question in form.questions:
                self.wizard.answer(question.field, question.text)
        return ""

    def begin_work(self) -> Work:
        """Shows what is being done, in place of the parts."""
        self.is_working = True
        self.query_one("#parts").display = False
        self.query_one(Work).display = True
        self.post_message(self.Worked())
        return self.query_one(Work)

    def end_work(self) -> None:
        """Shows the parts again."""
        self.is_working = False
        self.query_one(Work).display = False
        self.query_one("#parts").display = True
        self.post_message(self.Worked())

    def hear(self, event: Event) -> None:
        """The engine tells something."""
        if self.is_working:
            self.query_one(Work).hear(event)


def _change_row(change: Change, width: int) -> str:
    return cut(f"› {one_line(change.title)}{f'  ({one_line(change.detail)})' if change.detail else ''}", width)


def _first(against: Sequence[Finding], steps: Sequence[Step]) -> str:
    titles = [step.title for step in steps if any(finding in step.findings for finding in against)]
    names = "; ".join(one_line(f"{finding.title} {finding.subject}".strip()) for finding in against)
    return f"First go back (Esc) to {listed(titles)}, where this does not hold yet: {names}."
