"""Mail from outside, seen arriving: the user writes from elsewhere, and the server's log tells the rest."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from mailwizard.errors import MailwizardError
from mailwizard.programs.arriving import Arriving, addresses_to_try, arriving, invitation
from mailwizard.programs.watch import beginning, confirmed_name, watch
from mailwizard.text import listed, one_line
from mailwizard.wizard import Wizard

from .signs import folded
from .widgets.keys import Keys
from .widgets.text import Text
from .widgets.title import Title
from .widgets.watched import Watched

ROWS = 12  # of the log
_WHY = (
    "Do not write from the mailbox that the mail goes on to: Gmail shows no second copy of what you sent yourself. "
    "What arrives is told below, with the line of the aliases that takes it and what the next mail server answers."
)


class MailArrives(Screen[None]):
    """What becomes of mail to the first sender of each domain, and to a name that only the catch-all takes."""

    help_name = "forwarding"
    CSS = """
    MailArrives .page > .title, MailArrives .head { margin: 0; }
    MailArrives #invitation, MailArrives #why, MailArrives #waiting { height: auto; }
    MailArrives #watched { height: 12; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="back"),
        Binding("r", "begin", "Begin again", id="look"),
    ]

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self._wanted = addresses_to_try(wizard.answers)

    def compose(self) -> ComposeResult:
        """What to do, what the log says, what is still waited for."""
        width = max(self.app.size.width - 4, 40)
        with Vertical(classes="page"):
            yield Title(f"Mail from outside · {one_line(self.wizard.answers.server.hostname)}")
            yield Text(folded(invitation(self._wanted), width), id="invitation")
            yield Text(folded(_WHY, width), id="why")
            yield Text("What the server's log says", classes="head")
            yield Watched(ROWS, id="watched")
            yield Text(id="waiting")
        yield Keys("r begin again · j server's log · F1 help · Esc back")

    def on_mount(self) -> None:
        """Begins to watch."""
        self.action_begin()

    def action_begin(self) -> None:
        """r: from now on."""
        self._watch()

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        pane, host = self.query_one(Watched), self.wizard.host
        named = partial(confirmed_name, self.wizard.services.dns.resolve)
        try:
            since = await beginning(host)
            told = await arriving(host, self.wizard.answers, self._wanted)
            self._show_waiting(told)
            pane.begin(" ".join(self._wanted), "Nothing yet. I look twice a second.")
            async with aclosing(watch(host, told, since, named)) as sentences:
                async for one in sentences:
                    pane.tell(f"{one.at.astimezone():%H:%M:%S} {one.text}")
                    self._show_waiting(told)
        except MailwizardError as error:
            pane.tell(f"The log can be watched no more: {one_line(str(error))} Press r to try again.")

    def _show_waiting(self, told: Arriving) -> None:
        seen = [address for address in self._wanted if address not in told.waiting]
        parts = [f"[x] arrived and passed on: {listed(seen)}"] if seen else []
        parts += [f"[~] still waited for: {listed(told.waiting)}"] if told.waiting else []
        width = max(self.app.size.width - 4, 40)
        self.query_one("#waiting", Text).show("\n".join(folded(part, width, 4) for part in parts))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()
