"""Where the focus is, is seen, also without colour: on a button, a choice, a line of a list, in a field."""

from __future__ import annotations

from textual.widget import Widget

from tests.screens.pictures import MODES, Picture, taken
from tests.screens.story import Story, story


def is_marked(picture: Picture, mode: str, widget: Widget) -> bool:
    """True when something within the widget is reversed, or underlined as a cursor is, or on another ground."""
    region = widget.region
    rows = range(region.y + 1, region.bottom + 1)
    columns = range(region.x + 1, region.right - widget.scrollbar_size_vertical + 1)
    return any(
        set(run.style.split()) & {"reverse", "underline", "on"} and run.row in rows and run.first in columns
        for run in picture.runs(mode)
    )


async def unmarked(now: Story) -> list[str]:
    """The parts of the open screen that can have the focus, and do not show that they have it."""
    dark = []
    for widget in now.app.screen.focus_chain:
        widget.focus()
        await now.press()
        picture = taken(now.app)
        dark += [f"{widget} in {mode}" for mode in MODES if not is_marked(picture, mode, widget)]
    return dark


async def test_it_is_seen_on_every_kind_of_part() -> None:
    async with story() as now:
        dark = {}
        for name in ("certificate", "records"):
            await now.open(name)
            dark[name] = await unmarked(now)
        await now.press("h")
        await now.press("slash")
        dark["health"] = await unmarked(now)
    assert not any(dark.values()), {name: parts for name, parts in dark.items() if parts}
