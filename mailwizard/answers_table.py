"""A table of setup.toml read key by key, so that each complaint names the file, the key and the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping

from mailwizard.errors import AnswersError
from mailwizard.text import one_line

Read = Callable[[str], str]  # gives a value's plain form, or raises ValueError


class Table:
    """A table, its place ("domain[0].dmarc") and which of its keys were asked for."""

    def __init__(self, content: Mapping[str, object], file: str, place: str = "") -> None:
        self._content = content
        self._file = file
        self._place = place
        self._asked: list[str] = []

    def wrong(self, key: str, reason: str) -> AnswersError:
        """The error about one key, in one line."""
        return AnswersError(one_line(f"{self._file}: {self._at(key)}: {reason}"))

    def text(self, key: str, read: Read, absent: str = "") -> str:
        """A text in its plain form; `absent` when it is not there, "" when it is empty. Raises AnswersError."""
        value = self._ask(key, absent)
        if not isinstance(value, str):
            raise self._not_a(key, value, "a text")
        return self._read(key, value, read) if value and value != absent else value

    def choice(self, key: str, allowed: Collection[str], absent: str) -> str:
        """One of `allowed`. Raises AnswersError."""

        def read(text: str) -> str:
            if text not in allowed:
                raise ValueError(f"is none of {', '.join(allowed)}")
            return text

        value = self._ask(key, absent)
        if not isinstance(value, str):
            raise self._not_a(key, value, "a text")
        return self._read(key, value, read)

    def flag(self, key: str, absent: bool) -> bool:
        """A true or false. Raises AnswersError."""
        value = self._ask(key, absent)
        if not isinstance(value, bool):
            raise self._not_a(key, value, "true or false")
        return value

    def texts(self, key: str, read: Read, absent: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts in their plain form, none of them twice. Raises AnswersError."""
        value = self._ask(key, list(absent))
        if not isinstance(value, list):
            raise self._not_a(key, value, "a list of texts")
        found: list[str] = []
        for number, item in enumerate(value):
            if not isinstance(item, str):
                raise self._not_a(f"{key}[{number}]", item, "a text")
            text = self._read(f"{key}[{number}]", item, read)
            if text in found:
                raise self.wrong(f"{key}[{number}]", f"{shown(item)} is there twice")
            found.append(text)
        return tuple(found)

    def pairs(self, key: str, read_key: Read, read_value: Read) -> dict[str, str]:
        """A table of texts, keys and values in their plain form. Raises AnswersError."""
        pairs: dict[str, str] = {}
        for name, value in self._table(key).items():
            place = f"{key}.{shown(name)}"
            if not isinstance(value, str):
                raise self._not_a(place, value, "a text")
            plain = self._read(key, name, read_key)
            if plain in pairs:
                raise self.wrong(key, f"{shown(name)} is there twice")
            pairs[plain] = self._read(place, value, read_value)
        return pairs

    def table(self, key: str) -> Table:
        """The table below `key`; an empty one when there is none. Raises AnswersError."""
        return Table(self._table(key), self._file, self._at(key))

    def tables(self, key: str) -> list[Table]:
        """The tables of an array, `[[key]]`. Raises AnswersError."""
        value = self._ask(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._not_a(key, value, f"tables, each beginning with [[{key}]]")
        return [Table(item, self._file, self._at(f"{key}[{number}]")) for number, item in enumerate(value)]

    def number(self, key: str) -> int | None:
        """A whole number, None when it is not there. Raises AnswersError."""
        value = self._ask(key, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._not_a(key, value, "a whole number")
        return value

    def done(self) -> None:
        """Raises AnswersError when the table has a key that nobody asked for."""
        for key in self._content:
            if key not in self._asked:
                raise self.wrong(key, f"there is no such key{_perhaps(key[:80], self._asked)}")

    def _ask(self, key: str, absent: object) -> object:
        self._asked.append(key)
        return self._content.get(key, absent)

    def _table(self, key: str) -> dict[str, object]:
        value = self._ask(key, {})
        if not isinstance(value, dict):
            raise self._not_a(key, value, "a table")
        return value

    def _read(self, key: str, value: str, read: Read) -> str:
        try:
            return read(value)
        except ValueError as error:
            raise self.wrong(key, f"{shown(value)} {error}") from None

    def _not_a(self, key: str, value: object, wanted: str) -> AnswersError:
        return self.wrong(key, f"{shown(value)} is not {wanted}")

    def _at(self, key: str) -> str:
        return f"{self._place}.{short(key)}" if self._place else short(key)


def shown(value: object) -> str:
    """A value as the user wrote it, safe for a terminal, in one line of at most 80 characters."""
    if isinstance(value, (str, int, float, list, dict)):
        return short(json.dumps(value, ensure_ascii=False, default=str))
    return short(str(value))


def short(text: str) -> str:
    """A text safe for a terminal, in one line of at most 80 characters."""
    text = one_line(text[:400])
    if len(text) <= 80:
        return text
    return f'{text[:75]}..."' if text.startswith('"') else f"{text[:76]}..."


def _perhaps(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return f"; do you mean {near[0]}?" if near else ""
