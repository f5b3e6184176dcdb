"""Records written down: as a zone file, for nsupdate, as a table, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mailwizard.dns.answer import Record
from mailwizard.dns.wanted_record import Wanted
from mailwizard.finding import Status
from mailwizard.text import printable


def rdata(record: Wanted) -> str:
    """The value in a zone file's presentation: names with their last dot, TXT in strings of at most 255 bytes."""
    if record.type == "TXT":
        return " ".join(f'"{_escaped(string)}"' for string in record.strings)
    return f"{record.value}." if record.type in ("MX", "CNAME", "SRV") else record.value


def presentation(record: Record) -> str:
    """A record that stands, in a zone file's presentation."""
    if record.type == "TXT":
        return " ".join(f'"{_escaped(string.decode("latin-1"))}"' for string in record.strings)
    return f"{record.value}." if record.type in ("MX", "CNAME", "SRV") else record.value


def _escaped(string: str) -> str:
    """RFC 1035 section 5.1: a quote and a backslash get a backslash, what is not printable ASCII its number."""
    return "".join(_escape(char) for char in string)


def _escape(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    return char if " " <= char <= "~" else f"\\{ord(char):03d}"


def zone_text(records: Iterable[Wanted]) -> str:
    """Lines for a zone file (RFC 1035), every name absolute."""
    return "\n".join(f"{r.name}. {r.ttl} IN {r.type} {rdata(r)}" for r in records)


def nsupdate_text(
    records: Sequence[Wanted], apexes: Mapping[str, str], standing: Mapping[Wanted, Sequence[str]]
) -> str:
    """Input for nsupdate(1), zone by zone. `apexes` gives each name's zone, empty where it is not known: nsupdate then
    finds it.

    `standing` holds values at a record's name that it replaces; only these are deleted.
    """
    lines: list[str] = []
    for apex in dict.fromkeys(apexes[record.name] for record in records):
        lines += [f"zone {apex}."] if apex else []
        for record in (record for record in records if apexes[record.name] == apex):
            lines += [f"update delete {record.name}. {record.type} {old}" for old in standing.get(record, ())]
            lines.append(f"update add {record.name}. {record.ttl} {record.type} {rdata(record)}")
        lines += ["send", ""]
    return "\n".join(lines)


def table_text(rows: Iterable[tuple[Wanted, Status]]) -> str:
    """Each record as a panel asks for it: name, type, value and its state; a long value in its lines."""
    return "\n\n".join(_row(record, status) for record, status in rows)


def _row(record: Wanted, status: Status) -> str:
    return "\n".join(
        (
            f"{record.purpose.upper()} ({status.value})",
            f"  Name   {printable(record.name)}",
            f"  Type   {record.type}",
            f"  TTL    {record.ttl}",
            f"  Value  {printable(record.value)}",
        )
    )


def as_json(record: Wanted, status: Status) -> dict[str, object]:
    """One element of `records --json`."""
    return {
        "name": record.name,
        "type": record.type,
        "value": record.value,
        "ttl": record.ttl,
        "strings": list(record.strings),
        "purpose": record.purpose,
        "status": status.value,
    }
