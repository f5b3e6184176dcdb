"""Help: one page for each step, from assets/help, and one for the keys."""

from __future__ import annotations

from mailwizard.assets import read

from .modals import TextPage


class HelpScreen(TextPage):
    """The page of `assets/help/<name>.md`: its first line is the title."""

    def __init__(self, name: str) -> None:
        title, _, text = read(f"help/{name}.md").partition("\n")
        super().__init__(f"Help: {title}", "\n\n".join(map(_flowing, text.strip("\n").split("\n\n"))))


def _flowing(paragraph: str) -> str:
    """A paragraph in one line, to be folded to the screen's width; a table or a list stays in its lines."""
    lines = paragraph.splitlines()
    return paragraph if any(line.startswith(" ") for line in lines) else " ".join(lines)
