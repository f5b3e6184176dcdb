"""The variables of the DNS plugin: lines of KEY=VALUE. What stands in them is never shown, not even in a complaint."""

from __future__ import annotations

import re

from mailwizard import pair_lines
from mailwizard.host.protocol import Host
from mailwizard.secret import Secret

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
_ESCAPED = re.compile(r'\\([\\"$`])')
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
# a program that is started with one of these does something else than it says
_NOT_OURS = re.compile(r"PATH|HOME|SHELL|IFS|ENV|BASH_.*|LD_.*|PYTHON.*|LE_.*|PWD|USER|TMPDIR")


async def load(host: Host, path: str) -> tuple[dict[str, Secret], list[str]]:
    """The variables in a file of `host`, and warnings for the user. Raises UsageError with the line's number."""
    text, warnings = await pair_lines.read(host, path)
    return parse(text, path), warnings


def parse(text: str, path: str) -> dict[str, Secret]:
    """The variables in `text`; quotes around a whole value and `export` are left out. Raises UsageError."""
    found: dict[str, Secret] = {}
    for number, line in pair_lines.lines(text):
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key):
            raise pair_lines.wrong(path, number, "it is not KEY=VALUE")
        if _NOT_OURS.fullmatch(key):
            raise pair_lines.wrong(path, number, f"{key} is no variable of a DNS plugin")
        if key in found:
            raise pair_lines.wrong(path, number, f"{key} is there twice")
        if _UNSAFE.search(value):
            raise pair_lines.wrong(path, number, f"the value of {key} has a control character")
        found[key] = Secret(_unquoted(value.strip()))
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    if not quoted:
        return value
    # within double quotes a shell and systemd take these four after a backslash as themselves
    return _ESCAPED.sub(r"\1", value[1:-1]) if value[0] == '"' else value[1:-1]
