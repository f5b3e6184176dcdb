"""The mail server's own log, followed, with the state of its service above it. It only reads."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from mailwizard.errors import MailwizardError
from mailwizard.mta import units
from mailwizard.mta.journal_reader import Line, service_log_after
from mailwizard.text import one_line
from mailwizard.wizard import Wizard

from .signs import cut, folded
from .widgets.keys import Keys
from .widgets.text import Text
from .widgets.title import Title

ROWS = 300  # lines that are kept
SECONDS = 1.0  # between two looks at the log
_LONGEST = 1000  # characters of a line
_STATE_EVERY = 5  # looks at the log between two at the service


class ServerLog(ModalScreen[None]):
    """chasquid's journal, the newest line below. Nothing is asked when the page is left."""

    CSS = "ServerLog #state, ServerLog #said { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", id="back"),
        Binding("r", "begin", "Look again", id="look"),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self._kept: deque[Line] = deque(maxlen=ROWS)

    def compose(self) -> ComposeResult:
        """Title, state, log, keys."""
        with Vertical(classes="page"):
            yield Title(f"The mail server's log · {units.SERVICE}")
            yield Text("Looking ...", id="state")
            with VerticalScroll(id="text"):
                yield Text(id="lines")
            yield Text(id="said")
        yield Keys("↑↓ PgUp PgDn move · r look again · Esc back")

    def on_mount(self) -> None:
        """The log has the focus, so that arrows move it."""
        self.query_one("#text").focus()
        self.action_begin()

    def action_begin(self) -> None:
        """r: looks now, also where looking had ended."""
        self.query_one("#said", Text).show("")
        self._follow()

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        try:
            for look in count():
                if look % _STATE_EVERY == 0:
                    await self._show_state()
                await self._show_new()
                await asyncio.sleep(SECONDS)
        except MailwizardError as error:
            said = f"The log can be followed no more: {one_line(str(error))} Press r to try again."
            self.query_one("#said", Text).show(folded(said, self._width))

    async def _show_state(self) -> None:
        words = units.in_words(await units.running(self.wizard.host))
        self.query_one("#state", Text).show("\n".join(cut(one_line(line), self._width) for line in words))

    async def _show_new(self) -> None:
        """Reads what is new; while one reads further above, the page stays where it is."""
        new = await service_log_after(self.wizard.host, self._kept[-1].cursor if self._kept else "")
        self._kept.extend(new)
        if new or not self._kept:
            self._draw()

    def on_resize(self) -> None:
        """Another width folds the lines elsewhere."""
        self._draw()

    def _draw(self) -> None:
        scroll = self.query_one("#text", VerticalScroll)
        follows = scroll.is_vertical_scroll_end
        self.query_one("#lines", Text).show("\n".join(map(self._row, self._kept)) or "Nothing was logged yet.")
        if follows:
            self.call_after_refresh(scroll.scroll_end, animate=False)

    def _row(self, line: Line) -> str:
        """What strangers wrote is among it: in one line, without control characters, and not without end."""
        return folded(f"{line.at.astimezone():%H:%M:%S} {one_line(line.text)[:_LONGEST]}", self._width, 9)

    @property
    def _width(self) -> int:
        return max(self.app.size.width - 3, 40)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()
