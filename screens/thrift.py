"""Only lines that are different cross the wire. Textual draws the whole screen anew whenever its layout changes: 4 KB
for one word, on a line that may be a train's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.strip import Strip

from .driver import SteadyDriver

_AGAIN = 0.5  # seconds between two attempts on a stalled line
_CLEAR_TO_END = "\x1b[K"  # ECMA-48 EL: in the background that is in force, which is the terminal's own after a reset


class Difference(CompositorUpdate):
    """Lines of the screen, by their number from 0."""

    def __init__(self, lines: Sequence[tuple[int, Strip]]) -> None:
        self._lines = lines

    def render_segments(self, console: Console) -> str:
        """What draws them."""
        return "".join(f"\x1b[{number + 1};1H{_rendered(strip, console)}" for number, strip in self._lines)


def _rendered(strip: Strip, console: Console) -> str:
    """The line's text; blanks at its end are cleared rather than written."""
    segments = list(strip)
    while segments and not segments[-1].text.strip(" ") and _is_bare(segments[-1].style):
        segments.pop()
    if segments and _is_bare(segments[-1].style):
        last = segments.pop()
        segments.append(Segment(last.text.rstrip(" "), last.style))
    is_shorter = sum(segment.cell_length for segment in segments) < strip.cell_length
    return Strip(segments).render(console) + (f"\x1b[0m{_CLEAR_TO_END}" if is_shorter else "")


def _is_bare(style: Style | None) -> bool:
    """True when a blank in this style looks like nothing."""
    if style is None:
        return True
    background = style.bgcolor is None or style.bgcolor.is_default
    return background and not (style.reverse or style.underline or style.strike or style.overline)


class ThriftyApp(App[int]):
    """An application that remembers what stands on the terminal."""

    def __init__(self) -> None:
        super().__init__(driver_class=SteadyDriver)
        self._catching_up = False
        self._standing: list[Strip] = []

    def pop_screen(self) -> AwaitComplete:
        """Leaves the screen on top, and what works for it: it loses its parts before it would lose its workers."""
        self.workers.cancel_node(self.screen)
        return super().pop_screen()

    def forget_terminal(self) -> None:
        """Somebody else wrote on the terminal: everything is drawn anew."""
        self._standing = []

    def _display(self, screen: Screen[object], renderable: RenderableType | CompositorUpdate | None) -> None:
        """As Textual's own (private, so a test holds it to its behaviour), with what is the same left out."""
        if isinstance(self._driver, SteadyDriver) and self._driver.is_stuck:
            self._show_later()
            return
        if isinstance(renderable, CompositorUpdate) and not self._batch_count and not self.is_headless:
            renderable = self._difference(screen)
        super()._display(screen, cast("RenderableType | None", renderable))

    def _show_later(self) -> None:
        """The line is stalled: what stands at its far end is not known, so all of it is drawn when it moves again."""
        self.forget_terminal()
        if not self._catching_up:
            self._catching_up = True
            self.set_timer(_AGAIN, self._catch_up)

    def _catch_up(self) -> None:
        self._catching_up = False
        self.refresh(repaint=True, layout=True)

    def _difference(self, screen: Screen[object]) -> Difference | None:
        strips = [strip.simplify() for strip in screen._compositor.render_strips()]
        before = self._standing
        if len(before) != len(strips) or before[0].cell_length != strips[0].cell_length:
            before = [Strip([])] * len(strips)
        self._standing = strips
        changed = [(number, strip) for number, strip in enumerate(strips) if strip != before[number]]
        return Difference(changed) if changed else None
