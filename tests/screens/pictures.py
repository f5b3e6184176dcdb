"""What a screen shows at one moment, kept as two texts: its lines, and which columns of them are drawn how.

Together they hold all that a picture shows, so an SVG is made of them when somebody wants to look:
`python -m tests.screens.pictures FOLDER` draws every kept one.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import NoColor
from textual.strip import Strip
from textual.widgets import Input

KEPT = Path(__file__).parent / "snapshots"
MODES = ("colour", "NO_COLOR")
_HEAD = "=== "
_BLOCK = "rows {:>2}-{:<2}  columns {:>3}-{:<3} "
_WIDE = len(_BLOCK.format(1, 1, 1, 1))


class Run(NamedTuple):
    """Columns of a row that are drawn in one style; all begin with 1."""

    row: int
    first: int
    last: int
    style: str


@dataclass(frozen=True)
class Picture:
    """The lines, and for each of `MODES` how they are drawn, where that is not as plain text. Rows begin with 1."""

    text: str
    styles: dict[str, str]

    def runs(self, mode: str) -> list[Run]:
        """What does not look as plain text, from above and from the left."""
        return _runs(self.styles[mode])

    def svg(self, mode: str, size: tuple[int, int]) -> str:
        """The picture as SVG, drawn by Rich as Textual's own screenshots are."""
        width, height = size
        console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, record=True)
        rows = [line.ljust(width) for line in self.text.splitlines()]
        runs = self.runs(mode)
        parts = (_drawn(row, [run for run in runs if run.row == number]) for number, row in enumerate(rows, 1))
        console.print(Segments(list(chain.from_iterable(parts))))
        return console.export_svg(title="mailwizard")


def taken(app: App[int]) -> Picture:
    """The screen as it is now, with colour and without."""
    strips = app.screen._compositor.render_strips()
    styles = {"colour": _styles(strips), "NO_COLOR": _styles(_without_colour(app))}
    return Picture("".join(f"{strip.text.rstrip()}\n" for strip in strips), styles)


def _without_colour(app: App[int]) -> list[Strip]:
    """Textual settles NO_COLOR when an app is made: a filter for every line, and styles of their own (here for entries
    alone). Both are lent for one drawing, which a test holds to the real thing."""
    app.no_color = True
    _draw_anew(app)
    strips = app.screen._compositor.render_strips()
    app.no_color = False
    _draw_anew(app)
    return [strip.apply_filter(NoColor(), Color(0, 0, 0)) for strip in strips]


def _draw_anew(app: App[int]) -> None:
    for entry in app.screen.query(Input):
        app.stylesheet.update_nodes([entry])
        entry.notify_style_update()
        entry._styles_cache.clear()


def _styles(strips: Sequence[Strip]) -> str:
    """Blocks of rows and columns that look other than plain text, from above."""
    blocks: list[list[int]] = []
    names: list[str] = []
    for row, strip in enumerate(strips, 1):
        for first, last, name in _row(strip):
            above = next((n for n, block in enumerate(blocks) if block[1:] == [row - 1, first, last]), None)
            if above is not None and names[above] == name:
                blocks[above][1] = row
            else:
                blocks.append([row, row, first, last])
                names.append(name)
    return "".join(f"{_BLOCK.format(*block)} {name}\n" for block, name in zip(blocks, names, strict=True))


def _row(strip: Strip) -> Iterator[tuple[int, int, str]]:
    """The runs of a line that look other than plain text."""
    cells = [_name(segment.style) for segment in strip for _ in range(segment.cell_length)]
    first = 1
    for name, run in groupby(cells):
        last = first + len(list(run)) - 1
        if name:
            yield first, last, name
        first = last + 1


def _name(style: Style | None) -> str:
    """What is to be seen of a style; "" when it is nothing: the terminal's own colours are the default."""
    words = str(style or "").replace("on default", "").split()
    return " ".join(word for word in words if word not in ("default", "none"))


def _runs(styles: str) -> list[Run]:
    runs: list[Run] = []
    for line in styles.splitlines():
        top, bottom, first, last = map(int, re.findall(r"\d+", line[:_WIDE]))
        runs += [Run(row, first, last, line[_WIDE:].strip()) for row in range(top, bottom + 1)]
    return sorted(runs)


def _drawn(row: str, runs: Sequence[Run]) -> Iterator[Segment]:
    at = 0
    for run in runs:
        yield Segment(row[at : run.first - 1])
        yield Segment(row[run.first - 1 : run.last], Style.parse(run.style))
        at = run.last
    yield Segment(f"{row[at:]}\n")


def joined(parts: dict[str, str]) -> str:
    """Texts below each other, each under its name."""
    return "\n".join(f"{_HEAD}{name}\n{text}" for name, text in parts.items())


def parted(text: str) -> dict[str, str]:
    """What `joined` joined."""
    blocks = text.removeprefix(_HEAD).split(f"\n{_HEAD}") if text else []
    return {name: body for name, _, body in (block.partition("\n") for block in blocks)}


def kept(folder: Path, name: str) -> dict[str, Picture]:
    """The kept pictures of a screen in each of its states."""
    texts, styles = (
        parted(path.read_text()) if (path := folder / f"{name}.{end}").exists() else {} for end in ("txt", "styles")
    )
    return {
        state: Picture(text, {mode: styles.get(f"{state}, {mode}", "") for mode in MODES})
        for state, text in texts.items()
    }


def draw(pictures: dict[str, Picture], folder: Path, name: str, size: tuple[int, int]) -> None:
    """Writes an SVG file for each state and mode."""
    folder.mkdir(parents=True, exist_ok=True)
    for state, picture in pictures.items():
        for mode in MODES:
            (folder / f"{name}, {state}, {mode}.svg").write_text(picture.svg(mode, size))


def main(into: Path) -> None:
    """Draws all that is kept."""
    for folder in sorted(KEPT.glob("*x*")):
        width, height = map(int, folder.name.split("x"))
        for path in sorted(folder.glob("*.txt")):
            draw(kept(folder, path.stem), into / folder.name, path.stem, (width, height))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
