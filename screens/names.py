"""The step Names: the domains and the server's name, and what takes others hours, so that it is asked for first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from mailwizard.finding import Finding

from .signs import folded
from .step import StepView
from .widgets.text import Text


class Names(StepView):
    """The names, and all that was found about them."""

    step: ClassVar[str] = "names"

    def found(self) -> Iterable[Widget]:
        """Below the lines all that was found, in full: it is what to begin with."""
        yield from super().found()
        yield Text(id="early", classes="record")

    def tell(self, finding: Finding) -> str:
        """What was found stands below, in full; what should be there and is not stands in the line."""
        return "" if finding.found else super().tell(finding)

    def show_found(self) -> None:
        """As every step, and the facts in full."""
        super().show_found()
        facts = [f"- {folded(fact, self.width - 2, 2)}" for finding in self.findings for fact in finding.found]
        self.query_one("#early", Text).show_if_any("\n".join(facts))
