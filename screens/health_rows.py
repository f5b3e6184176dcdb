"""The rows of the health table: what is not well one by one, what is well folded into a line for each subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.finding import Finding, Status
from mailwizard.plain import WORDS
from mailwizard.text import one_line

from .signs import counted, cut


@dataclass(frozen=True)
class Row:
    """A line of the table, and the findings behind it."""

    line: str
    findings: tuple[Finding, ...]


def rows_of(findings: Sequence[Finding], word: str = "") -> list[Row]:
    """The rows for findings that are worst first; with a `word`, one row for each finding that has it."""
    if word:
        rows = [_row(finding) for finding in findings]
        return [row for row in rows if word.lower() in row.line.lower()]
    well = [finding for finding in findings if finding.status in (Status.OK, Status.SKIPPED)]
    return [_row(finding) for finding in findings if finding not in well] + _folded(well)


def _folded(well: Sequence[Finding]) -> list[Row]:
    rows = []
    for status in (Status.OK, Status.SKIPPED):
        for subject in dict.fromkeys(f.subject for f in well if f.status is status):
            behind = tuple(f for f in well if f.status is status and f.subject == subject)
            rows.append(_row(behind[0]) if len(behind) == 1 else Row(_line(status, subject, _count(behind)), behind))
    return rows


def _count(behind: Sequence[Finding]) -> str:
    return counted(len(behind), "finding")


def _row(finding: Finding) -> Row:
    found = "; ".join(finding.found) or (finding.expected if finding.status is not Status.OK else "")
    return Row(
        _line(finding.status, finding.subject, f"{cut(one_line(finding.title), 30):<30} {one_line(found)}"), (finding,)
    )


def _line(status: Status, subject: str, rest: str) -> str:
    return f"{WORDS[status]:<8} {cut(one_line(subject) or 'server', 23):<23} {rest}".rstrip()
