"""How the difference between two files is shown before it is made."""

from __future__ import annotations

import difflib

from mailwizard.changes.standing import Standing

SECRET = "The content is secret and is not shown.\n"
BINARY = "The content is not text and is not shown.\n"


def of_content(path: str, old: bytes | None, new: bytes | None) -> str:
    """A unified diff (`/dev/null` for a file that is not there), as diff(1) -u; empty when both are the same."""
    if old == new:
        return ""
    before, after = _lines(old), _lines(new)
    if before is None or after is None:
        return BINARY
    from_name = path if old is not None else "/dev/null"
    to_name = path if new is not None else "/dev/null"
    return "".join(_ended(line) for line in difflib.unified_diff(before, after, from_name, to_name))


def of_standing(old: Standing | None, mode: int, owner: str, group: str) -> str:
    """Lines for what changes in mode and owner; empty when nothing does."""
    if old is None or old.mode < 0:
        return f"mode {mode:04o}, owner {owner}:{group}\n"
    lines = []
    if old.mode != mode:
        lines.append(f"mode {old.mode:04o} -> {mode:04o}\n")
    if (old.owner, old.group) != (owner, group):
        lines.append(f"owner {old.owner}:{old.group} -> {owner}:{group}\n")
    return "".join(lines)


def _lines(content: bytes | None) -> list[str] | None:
    """The lines with their ends, split at newlines alone; None when it is no text."""
    if content is None:
        return []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
