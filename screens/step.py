"""A step on the screen: what was found, what is asked, what would change. The same three parts for every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static

from mailwizard.forms.field import Field
from mailwizard.forms.steps import fields_of
from mailwizard.plain import worst_first
from mailwizard.standing import Step
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .modals import TextPage
from .signs import cut, evidence, line_of
from .widgets.lines import Lines
from .widgets.log_pane import LogPane
from .widgets.question import Question


class StepView(VerticalScroll):
    """One step. Subclasses add what is special about theirs by `extra`."""

    step: ClassVar[str]
    can_focus = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "look", "Look again", id="look"),
        Binding("ctrl+s", "apply", "Apply", id="apply", show=False),
    ]

    class Wished(Message):
        """The user wishes something: `apply`, `look`, `next` or `skip`."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(id="step")
        self.wizard = wizard

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
        """The three parts, then the buttons."""
        yield Static("What I found", classes="head")
        yield Lines([], id="found")
        if asked := self.fields():
            yield Static("What I need to know", classes="head")
            yield from (Question(field) for field in asked)
        yield from self.extra()
        yield Static("What would change", classes="head", id="change_head")
        yield Lines([], id="changes")
        with Horizontal(classes="buttons"):
            yield Button("Apply", id="apply", compact=True)
            yield Button("Look again", id="look", compact=True)
            yield Button("Go on", id="next", compact=True)

    def on_mount(self) -> None:
        """Shows what is known; the first thing to do has the focus."""
        self.show()
        self._focus_first()

    def _focus_first(self) -> None:
        open_questions = [q for q in self.query(Question) if q.field.fault(q.text)]
        if open_questions:
            open_questions[0].query_one(f"#{open_questions[0].field.key}").focus()
        elif self.known.changes:
            self.query_one("#apply").focus()
        else:
            self.query_one("#next").focus()

    def show(self) -> None:
        """Shows what is known of the step now."""
        step, width = self.known, max(self.size.width - 3, 40) if self.size.width else 76
        self.findings = worst_first(step.findings)
        found = [line_of(finding, width) for finding in self.findings]
        self.query_one("#found", Lines).show(found or ["    I have not looked yet."])
        self.query_one("#changes", Lines).show(
            [_change_line(title, width) for title in _titles(step)] or ["    nothing"]
        )
        self.query_one("#apply", Button).disabled = not step.changes or bool(self.wizard.read_only_because)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter shows a finding's evidence, or a change's text."""
        event.stop()
        number = event.option_index
        if event.option_list.id == "found" and number < len(self.findings):
            self.app.push_screen(TextPage(self.findings[number].title, evidence(self.findings[number])))
        elif event.option_list.id == "changes" and number < len(self.known.changes):
            change = self.known.changes[number]
            text = await change.diff(self.wizard.host)
            self.app.push_screen(TextPage(change.title, text or change.detail or "There is nothing more to show."))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The buttons say their wish."""
        event.stop()
        self.post_message(self.Wished(event.button.id or ""))

    def action_look(self) -> None:
        """r."""
        self.post_message(self.Wished("look"))

    def action_apply(self) -> None:
        """Ctrl+S."""
        self.post_message(self.Wished("apply"))

    def take_answers(self) -> str:
        """Puts what stands in the fields in the draft. Returns the first fault, empty when there is none."""
        faults = [fault for question in self.query(Question) if (fault := question.show_fault())]
        if faults:
            return faults[0]
        for question in self.query(Question):
            question.field.answer(question.text)
        return ""

    def begin_log(self) -> LogPane:
        """Shows the live log above the buttons."""
        panes = self.query(LogPane)
        if panes:
            return panes.first()
        pane = LogPane(id="log")
        self.mount(pane, before=self.query_one(".buttons"))
        return pane


def _titles(step: Step) -> list[str]:
    return [f"{change.title}{f'  ({change.detail})' if change.detail else ''}" for change in step.changes]


def _change_line(title: str, width: int) -> str:
    return cut(f"  > {one_line(title)}", width)


def plain(text: str) -> Static:
    """A text that is shown as it is."""
    return Static(Content(text))
