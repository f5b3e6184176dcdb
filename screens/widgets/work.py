"""What is being done: each change with its sign, and the live log below. It stands in place of the form meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from mailwizard.events import Begun, Event, Failed, Line, Made, Planned, Told
from mailwizard.plain import event_line
from mailwizard.standing import Standing
from mailwizard.text import one_line

from ..signs import HERE, cut
from .log_pane import LogPane
from .text import Text

_MOST = 8  # changes shown at once; the one in hand is always among them


class Work(Vertical):
    """Hears the engine's events."""

    def __init__(self) -> None:
        super().__init__(id="work")
        self._titles: list[str] = []
        self._signs: list[str] = []
        self._at = -1

    def compose(self) -> ComposeResult:
        """The changes and the log."""
        yield Text("What is being done", classes="head")
        yield Text(id="doing")
        yield LogPane(id="live")

    def hear(self, event: Event) -> None:
        """One more event of the engine."""
        if isinstance(event, Planned):
            self._begin([change.title for change in event.changes])
        elif isinstance(event, Begun):
            self._at += 1
            self._sign(HERE)
        elif isinstance(event, Made):
            self._sign(Standing.DONE.value)
        elif isinstance(event, Failed):
            self._sign(Standing.FAILED.value)
        if isinstance(event, (Line, Failed, Told)):
            self.query_one(LogPane).add(event_line(event).strip())

    def note(self, line: str) -> None:
        """A line for the log."""
        self.query_one(LogPane).add(line)

    def _begin(self, titles: Sequence[str]) -> None:
        self._titles, self._at = list(titles), -1
        self._signs = [Standing.TO_COME.value] * len(titles)
        self._draw()

    def _sign(self, sign: str) -> None:
        if 0 <= self._at < len(self._signs):
            self._signs[self._at] = sign
            self._draw()

    def _draw(self) -> None:
        first = max(0, min(self._at - _MOST // 2, len(self._titles) - _MOST))
        rows = list(zip(self._signs, self._titles, strict=True))[first : first + _MOST]
        width = max(self.app.size.width - 6, 40)
        self.query_one("#doing", Text).show("\n".join(cut(f"{sign} {one_line(title)}", width) for sign, title in rows))
