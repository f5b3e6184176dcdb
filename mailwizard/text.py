"""Text from outside made safe for a terminal, and small words put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

# C0 but tab and newline, DEL, C1, and the characters that reorder or hide text
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with every control and direction character shown as `\\xNN` or `\\uNNNN`; tab and newline stay."""
    return _UNSAFE.sub(lambda match: _escaped(match.group()), text)


def one_line(text: str) -> str:
    """`text`, printable, in one line."""
    return " ".join(printable(text).split())


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def sentence(words: str) -> str:
    """`words` with a capital at the beginning and a full stop at the end."""
    return f"{words[:1].upper()}{words[1:]}."
