"""Help: one page for each step, from assets/help, and one for the keys."""

from __future__ import annotations

from mailwizard.assets import read

from .modals import TextPage


class HelpScreen(TextPage):
    """The page of `assets/help/<name>.md`, shown as it is written."""

    def __init__(self, name: str) -> None:
        super().__init__("Help", read(f"help/{name}.md"))
