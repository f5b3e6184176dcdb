"""A terminal without UTF-8 gets signs of the same width that it has."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SAME_WIDTH = {
    **dict.fromkeys("─━–—‐‑−▔▁▂▃▄", "-"),
    **dict.fromkeys("│┃▎▊▌", "|"),
    **dict.fromkeys("█▅▆▇", "#"),
    **dict.fromkeys("·•", "."),
    "…": "~",  # a dot there would end a sentence that was cut
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’‚", "'"),
    "›": ">",
    "◂": "<",
    "×": "x",
    "↑": "^",
    "←": "<",
    "→": ">",
    "↓": "v",
    "\u00a0": " ",
}
_TABLE = str.maketrans(_SAME_WIDTH)


class Ascii(LineFilter):
    """Every character that ASCII does not have becomes one that it has."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        return [Segment(ascii_of(segment.text), segment.style, segment.control) for segment in segments]


def ascii_of(text: str) -> str:
    """`text` in ASCII, as long as before; `?` where nothing resembles."""
    return text if text.isascii() else text.translate(_TABLE).encode("ascii", "replace").decode()
