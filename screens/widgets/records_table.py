"""The table of records: one row a record, and what each name server and each resolver says of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets.option_list import Option

from mailwizard.dns.propagation import Cell
from mailwizard.overview import Row
from mailwizard.text import one_line

from ..signs import cut
from .lines import Lines

WORDS = {"missing": "–", "unknown": "?"}
_SERVER, _RESOLVER, _MOST_SERVERS = 8, 10, 3
_WORST = ("wrong", "missing", "unknown", "waits", "ok")


class RecordsTable(Lines):
    """Zone by zone: a line with the servers' names, then a line for each record."""

    def __init__(self) -> None:
        super().__init__([], id="records")
        self.rows: list[Row] = []
        self._at: list[int] = []  # the line of each row

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self._at.index(self.chosen)] if self.chosen in self._at else None

    def show_rows(self, rows: Sequence[Row], width: int) -> None:
        """Shows these records; the cursor stays on its record."""
        number = self._at.index(self.chosen) if self.chosen in self._at else 0
        self.rows = list(rows)
        lines = _lines(self.rows, width)
        self._at = [at for at, (row, _) in enumerate(lines) if row is not None]
        texts = [text for _, text in lines]
        if texts != self._shown:
            self._shown = texts
            self.clear_options()
            self.add_options([Option(Content(text), disabled=row is None) for row, text in lines])
        if self._at:
            self.highlighted = self._at[min(number, len(self._at) - 1)]

    def action_up(self) -> None:
        """One record up, or the widget before."""
        if not self._at or self.chosen in (-1, self._at[0]):
            self.screen.focus_previous()
        else:
            self.action_cursor_up()

    def action_down(self) -> None:
        """One record down, or the next widget."""
        if not self._at or self.chosen == self._at[-1]:
            self.screen.focus_next()
        else:
            self.action_cursor_down()


def _lines(rows: Sequence[Row], width: int) -> list[tuple[Row | None, str]]:
    lines: list[tuple[Row | None, str]] = []
    for apex in dict.fromkeys(row.seen.apex for row in rows):
        group = [row for row in rows if row.seen.apex == apex]
        lines.append((None, _head(apex, group, width)))
        lines += [(row, _line(row, apex, group, width)) for row in group]
    return lines


def _servers_of(group: Sequence[Row]) -> list[str]:
    """The columns of the authoritative servers; one for all when there are too many."""
    names = list(dict.fromkeys(name for row in group for name in row.servers))
    return names if len(names) <= _MOST_SERVERS else ["servers"]


def _resolvers_of(group: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(cell.server.split(" ")[0] for row in group for cell in row.view.resolvers))


def _left(group: Sequence[Row], width: int) -> int:
    return max(width - _SERVER * len(_servers_of(group)) - _RESOLVER * len(_resolvers_of(group)), 20)


def _head(apex: str, group: Sequence[Row], width: int) -> str:
    left = _left(group, width)
    servers = "".join(f"{cut(name.split('.')[0], _SERVER - 1):<{_SERVER}}" for name in _servers_of(group))
    resolvers = "".join(f"{cut(name, _RESOLVER - 1):<{_RESOLVER}}" for name in _resolvers_of(group))
    return f"{cut(one_line(apex) or 'no zone was found', left - 1):<{left}}{servers}{resolvers}".rstrip()


def _line(row: Row, apex: str, group: Sequence[Row], width: int) -> str:
    left, record = _left(group, width), row.view.wanted
    name = record.name[: -len(apex) - 1] if apex and record.name.endswith(f".{apex}") else record.name
    label = f"{record.type:<5}{'(the domain)' if record.name == apex else one_line(name)}"
    if record.purpose.startswith("spf"):
        label += "  SPF"
    servers = "".join(f"{_of_server(row, name):<{_SERVER}}" for name in _servers_of(group))
    known = {cell.server.split(" ")[0]: cell for cell in row.view.resolvers}
    resolvers = "".join(f"{_word(known[name]) if name in known else '':<{_RESOLVER}}" for name in _resolvers_of(group))
    return f" {cut(label, left - 2):<{left - 1}}{servers}{resolvers}".rstrip()


def _of_server(row: Row, name: str) -> str:
    """The worst of what a server's addresses say."""
    cells = [cell for cell in row.view.authoritative if name in ("servers", cell.server.split(" ")[0])]
    return _word(min(cells, key=lambda cell: _WORST.index(cell.state))) if cells else ""


def _word(cell: Cell) -> str:
    word = cell.word
    return WORDS.get(word, word)
