"""A record as the panel of one's DNS provider wants it entered: recognised by the names of the name servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mailwizard.dns.wanted_record import Wanted

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Panel:
    """A row of the catalogue. `names`: relative, absolute or unknown; `txt`: one, strings or unknown.

    `note` is for the types of record in `note_for`, for every type when it names none.
    """

    id: str
    name: str
    servers: tuple[str, ...]
    names: str
    apex: str
    txt: str
    note: str
    note_for: tuple[str, ...] = ()

    def notes_for(self, type: str) -> tuple[str, ...]:
        """What else is to be known about a record of this type."""
        return (self.note,) if self.note and (not self.note_for or type in self.note_for) else ()


@dataclass(frozen=True)
class Entry:
    """What is entered: `rows` are the panel's fields with their values, `name` and `value` what is copied."""

    name: str
    value: str
    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


ANY = Panel(UNKNOWN, "", (), UNKNOWN, "", UNKNOWN, "")


@lru_cache(maxsize=1)
def panels() -> tuple[Panel, ...]:
    """The catalogue, in its order."""
    import tomlkit

    from mailwizard import assets

    return tuple(_panel(row) for row in tomlkit.parse(assets.read("catalogues/dns_panels.toml")).unwrap()["panel"])


def _panel(row: Mapping[str, Any]) -> Panel:
    texts = {key: str(row[key]) for key in ("id", "name", "names", "apex", "txt", "note")}
    return Panel(servers=tuple(row["servers"]), note_for=tuple(row.get("note_for", ())), **texts)


def recognised(name_servers: Iterable[str]) -> Panel:
    """The panel that these name servers belong to; `ANY` when none is known, or when they belong to several."""
    found = {panel for server in name_servers for panel in panels() if _serves(panel, server.lower().rstrip("."))}
    return found.pop() if len(found) == 1 else ANY


def _serves(panel: Panel, server: str) -> bool:
    """Amazon's servers are called ns-1.awsdns-2.co.uk; all others are known by the end of their names."""
    return any(
        f".{end}-" in server if "." not in end else server == end or server.endswith(f".{end}") for end in panel.servers
    )


def entry(panel: Panel, record: Wanted, apex: str) -> Entry:
    """The record as `panel` wants it. `apex` is the name of the zone that holds it, "" when that is not known."""
    relative = _relative(record.name, apex, panel)
    name = record.name if panel.names == "absolute" or not apex else relative
    rows = [("Name", name or "(leave it empty)"), ("Type", record.type)]
    value, more, notes = _value(panel, record)
    if panel.names == UNKNOWN and apex:
        rows[0] = ("Name", relative or f"@, or nothing: {record.name} itself")
        notes = (f'If your panel wants whole names: "{record.name}", in some with a dot at the end.', *notes)
    elif panel.names == "relative" and apex:
        notes = (f"{panel.name} adds {apex} to the name by itself.", *notes)
    return Entry(name or record.name, value, (*rows, *more), (*notes, *panel.notes_for(record.type)))


def _relative(name: str, apex: str, panel: Panel) -> str:
    if name == apex:
        return panel.apex
    return name[: -len(apex) - 1] if apex and name.endswith(f".{apex}") else name


def _value(panel: Panel, record: Wanted) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What is copied, the rows, and what else is to be said."""
    if record.type == "MX":
        priority, _, host = record.value.partition(" ")
        if panel.id == "route53":
            return record.value, (("Value", record.value),), ()
        return host, (("Priority", priority), ("Mail server", host)), ()
    if record.type != "TXT":
        return record.value, (("Value", record.value),), ()
    quoted = " ".join(f'"{string}"' for string in record.strings)
    if panel.txt == "strings":
        return quoted, (("Value", quoted),), ()
    if panel.txt == UNKNOWN and len(record.strings) > 1:
        return record.value, (("Value", record.value),), (f"If your panel refuses a text so long: {quoted}",)
    return record.value, (("Value", record.value),), ()
