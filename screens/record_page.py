"""One record: what is wrong with it, and how it is entered at the provider's page."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from mailwizard.overview import Row
from mailwizard.panels import Entry
from mailwizard.text import one_line, printable

from .modals import TextPage
from .signs import cut, folded


class RecordPage(TextPage):
    """The record in the form of the panel; c copies its value, n its name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "copy_name", "Copy name", id="copy_name")]
    keys: ClassVar[str] = "↑↓ move · c copy value · n name · p plain page, for the mouse · Esc back"

    def __init__(self, row: Row, width: int) -> None:
        record = row.seen.wish.record
        super().__init__(f"{record.type} record {record.name}", _text(row, width), copy=row.entry.value)
        self._name_to_copy = row.entry.name

    def action_copy_name(self) -> None:
        """n."""
        self.copy(self._name_to_copy)


def advice(row: Row) -> str:
    """What stands there, and what to do."""
    finding = row.finding
    if row.seen.mistake:  # the value stands below, in the panel's form
        return finding.fix.removesuffix(row.seen.wish.record.value).strip()
    if finding.until:
        return f"It stands at all of your name servers. {finding.fix}"
    return finding.fix or "It stands as it should at all of your name servers. Nothing is to be done."


def fields_of_entry(entry: Entry, width: int) -> str:
    """The panel's fields, one a line, and what is to be known about them."""
    rows = [f"  {label:<12}{folded(value, width, 14)}" for label, value in entry.rows]
    return "\n".join([*rows, *(folded(note, width) for note in entry.notes)])


def in_short(entry: Entry, width: int) -> str:
    """The panel's fields, each in a line of its own; a value that is longer ends in dots."""
    rows = [f"  {label:<12}{cut(one_line(value), width - 14)}" for label, value in entry.rows]
    return "\n".join([*rows, *(folded(note, width) for note in entry.notes[:1])])


def _text(row: Row, width: int) -> str:
    panel, record = row.panel, row.seen.wish.record
    where = f"Your DNS provider: {panel.name}." if panel.name else "Your DNS provider is not known to mailwizard."
    cells = [*row.view.authoritative, *row.view.resolvers]
    parts = [
        folded(advice(row), width),
        f"{where}\n\n{fields_of_entry(row.entry, width)}",
        f"TTL         {record.ttl} seconds, or what your provider proposes",
        "\n".join(
            f"{'found' if not n else '':<12}{folded(text, width, 12)}" for n, text in enumerate(row.finding.found)
        ),
        "\n".join(f"{printable(cell.server):<44} {cell.word}" for cell in cells),
    ]
    return "\n\n".join(part for part in parts if part)


def _found(found: tuple[str, ...], width: int) -> str:
    return "\n".join(f"{'' if n else 'found':<12}{folded(text, width, 12)}" for n, text in enumerate(found))
