"""The title of a page that lies over a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mailwizard.text import printable

from .text import Text

if TYPE_CHECKING:
    from ..app import MailwizardApp


class Title(Text):
    """The page's own words, and in short what every screen says beside its title: that this is a demonstration."""

    def __init__(self, words: str) -> None:
        super().__init__(printable(words), classes="title")

    def on_mount(self) -> None:
        """The application knows what there is to say."""
        if notice := cast("MailwizardApp", self.app).notice.partition(":")[0]:
            self.show(f"{self.shown} · {notice}")
