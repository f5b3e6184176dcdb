"""What the tests of inspections share: a DNS by lines, and the verdicts of an inspection by their short names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailwizard.dns.answer import Answer, Lookup, Outcome, Record
from mailwizard.inspecting.inspection import Inspection


def dns(zone: Mapping[str, Sequence[str]] | None) -> Lookup:
    """A lookup in lines like `"example.com TXT": ["v=spf1 -all"]`; with None nobody answers."""

    async def lookup(name: str, type: str) -> Answer:
        if zone is None:
            return Answer(name, type, Outcome.UNKNOWN, why="timed out")
        records = tuple(Record(name, type, 300, value) for value in zone.get(f"{name} {type}", ()))
        return Answer(name, type, Outcome.FOUND if records else Outcome.NO_NAME, records)

    return lookup


def verdicts(found: Inspection) -> dict[str, str]:
    """The status of each finding, by the end of its id."""
    return {finding.id.removeprefix("inspect."): finding.status.value for finding in found.findings}
