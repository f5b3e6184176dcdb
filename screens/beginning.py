"""What is painted first, at once: everything else is loaded behind it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from mailwizard import __version__

from .widgets.keys import Keys
from .widgets.text import Text

FIRST = (
    "mailwizard makes this server a mail server whose mail is accepted, step by step, and shows you that it is so. "
    "It changes nothing that it did not show you before.",
    "You may stop at any time, or lose the connection: start it again, and it looks at everything and goes on where "
    "the set-up stands.",
)


class Beginning(Screen[None]):
    """The title, the first words, and that this server is being looked at."""

    help_name = "welcome"

    def __init__(self, notice: str) -> None:
        super().__init__()
        self._notice = notice

    def compose(self) -> ComposeResult:
        """As the welcome will be, without the steps."""
        notice = f" · {self._notice}" if self._notice else ""
        yield Text(f" mailwizard {__version__}{notice}", id="title")
        yield Text("─" * max(self.app.size.width, 40), id="rule")
        yield Text("\n\n".join([*FIRST, "Looking at this server ..."]), id="first_words")
        yield Keys("Ctrl+Q quit")
