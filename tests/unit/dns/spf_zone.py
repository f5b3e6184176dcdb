"""The zones of the RFC 7208 test suite as look-ups of ours, and as pyspf's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from mailwizard.dns.answer import Answer, Outcome, Record

SUITE = Path(__file__).parents[2] / "cases" / "spf" / "rfc7208-tests.yml"
Rows = list[tuple[str, object]]


@dataclass(frozen=True)
class Case:
    """One test of the suite."""

    name: str
    zone: Zone
    ip: str
    mail_from: str
    helo: str
    results: tuple[str, ...]
    explanation: str


class Zone:
    """Names with their records; by a row ("TIMEOUT", None) types without a record time out, by ("A", "TIMEOUT") A."""

    def __init__(self, rows: dict[str, Rows]) -> None:
        self.rows = {name.lower(): found for name, found in rows.items()}
        self.asked: list[tuple[str, str]] = []

    async def lookup(self, name: str, kind: str) -> Answer:
        """What a resolver would answer."""
        self.asked.append((name, kind))
        return self._answer(name, kind, name, ())

    def _answer(self, name: str, kind: str, asked: str, aliases: tuple[Record, ...]) -> Answer:
        rows = self.rows.get(name.lower().rstrip("."))
        if rows is None:
            return Answer(asked, kind, Outcome.NO_NAME)
        records = tuple(_record(name, kind, value) for row, value in rows if row == kind)
        if (kind, "TIMEOUT") in rows or (("TIMEOUT", None) in rows and not records):
            return Answer(asked, kind, Outcome.UNKNOWN, why="timed out")
        if records:
            return Answer(asked, kind, Outcome.FOUND, records, aliases)
        for row, value in rows:
            if row == "CNAME" and len(aliases) < 8:
                alias = Record(name, "CNAME", 300, str(value).lower())
                return self._answer(str(value), kind, asked, (*aliases, alias))
        return Answer(asked, kind, Outcome.NO_DATA, aliases=aliases)

    def as_pyspf(self, name: str, kind: str, *_: object) -> Iterator[tuple[tuple[str, str], object]]:
        """The same zone as a `spf.DNSLookup`."""
        import spf

        rows = self.rows.get(name.lower().rstrip("."), [])
        answered = any(row == kind for row, _ in rows)
        if (kind, "TIMEOUT") in rows or (("TIMEOUT", None) in rows and not answered):
            raise spf.TempError("DNS timeout")
        for row, value in rows:
            if row in (kind, "CNAME"):
                yield (name, row), _pyspf_value(row, value)


def _record(name: str, kind: str, value: object) -> Record:
    if kind == "MX" and isinstance(value, (list, tuple)):
        return Record(name, kind, 300, f"{value[0]} {str(value[1]).rstrip('.').lower()}")
    if kind == "TXT":
        strings = tuple(part.encode("utf-8") for part in _texts(value))
        return Record(name, kind, 300, b"".join(strings).decode("latin-1"), strings)
    return Record(name, kind, 300, str(value))


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else [str(value)]


def _pyspf_value(row: str, value: object) -> object:
    if row == "TXT":
        return tuple(part.encode("utf-8") for part in _texts(value))
    return tuple(value) if isinstance(value, list) else value


def suite() -> list[Case]:
    """All tests of the official suite."""
    with SUITE.open("rb") as stream:
        return [case for scenario in yaml.safe_load_all(stream) for case in _cases(scenario)]


def _cases(scenario: dict[str, dict[str, dict[str, object]]]) -> Iterator[Case]:
    rows = {name: _zone_rows(found) for name, found in scenario["zonedata"].items()}  # type: ignore[arg-type]
    for name, test in scenario["tests"].items():
        results = test["result"]
        yield Case(
            name,
            Zone(rows),
            str(test["host"]),
            str(test["mailfrom"]),
            str(test["helo"]),
            tuple(results) if isinstance(results, list) else (str(results),),
            str(test.get("explanation", "")),
        )


def _zone_rows(found: list[object]) -> Rows:
    """The suite's SPF rows are TXT records too, unless a TXT row stands beside them (see the suite's head)."""
    rows: Rows = []
    for row in found:
        rows.extend(row.items() if isinstance(row, dict) else [("TIMEOUT", None)])
    if not any(kind == "TXT" for kind, _ in rows):
        rows += [("TXT", value) for kind, value in rows if kind == "SPF"]
    return [(kind, value) for kind, value in rows if value != "NONE"]
