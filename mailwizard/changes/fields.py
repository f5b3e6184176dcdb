"""A change's fields out of the journal's JSON, each checked: a journal is a file, and files can be damaged."""

from __future__ import annotations

from collections.abc import Mapping

from mailwizard.errors import HostError
from mailwizard.text import one_line

Fields = Mapping[str, object]


def text(fields: Fields, key: str, default: str | None = None) -> str:
    """The text at `key`. Raises HostError when it is missing (and there is no default) or no text."""
    value = fields.get(key, default)
    if not isinstance(value, str):
        raise damaged(fields, key)
    return value


def number(fields: Fields, key: str) -> int:
    """The whole number at `key`. Raises HostError when it is none."""
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise damaged(fields, key)
    return value


def seconds(fields: Fields, key: str) -> float:
    """The number of seconds at `key`. Raises HostError when it is none."""
    value = fields.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise damaged(fields, key)
    return float(value)


def yes(fields: Fields, key: str) -> bool:
    """True or false at `key`; false when it is missing. Raises HostError when it is neither."""
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise damaged(fields, key)
    return value


def texts(fields: Fields, key: str) -> tuple[str, ...]:
    """The texts at `key`; none when it is missing. Raises HostError when it is no list of texts."""
    value = fields.get(key, [])
    if not isinstance(value, (list, tuple)):
        raise damaged(fields, key)
    found = tuple(item for item in value if isinstance(item, str))
    if len(found) != len(value):
        raise damaged(fields, key)
    return found


def section(fields: Fields, key: str) -> dict[str, object] | None:
    """The table at `key`; None when it is missing or null. Raises HostError when it is something else."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise damaged(fields, key)
    return {str(name): item for name, item in value.items()}


def damaged(fields: Fields, key: str) -> HostError:
    """The error for a record whose field `key` cannot be used."""
    kind = one_line(str(fields.get("kind", "change")))
    return HostError(f"The journal's record of a {kind} is damaged at “{key}”. It cannot be undone by mailwizard.")
