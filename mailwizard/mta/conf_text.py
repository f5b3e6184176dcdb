"""chasquid.conf as lines of `key: value` (chasquid.conf(5)), so that what else stands there can stay as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(
    r"^[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*:[ \t]*(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[^\s#]+)", re.MULTILINE
)


def values(text: str) -> dict[str, str]:
    """The keys that are set, with their values out of the quotes; comments are left out."""
    return {key: _unquoted(value) for key, value in _LINE.findall(text)}


def with_values(text: str, wanted: Mapping[str, str]) -> str:
    """`text` with these texts set; every other line stays as it is, missing keys are added at the end."""
    for key, value in wanted.items():
        if values(text).get(key) != value:
            text = _with_value(text, key, f'{key}: "{value}"')
    return text


def _with_value(text: str, key: str, line: str) -> str:
    replaced, found = re.subn(rf"^[ \t]*{key}[ \t]*:.*$", lambda _: line, text, count=1, flags=re.MULTILINE)
    if found:
        return replaced
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] in "\"'" else value
