"""The rows of the health table: what is not well one by one, what is well folded into a line for each subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.finding import Finding, Status
from mailwizard.plain import WORDS
from mailwizard.text import one_line

from .signs import counted, cut, told

_SUBJECT, _TITLE = 20, 26  # columns at most, where the screen is narrow; the rest is for what was found
_NARROW = 100  # columns


@dataclass(frozen=True)
class Row:
    """A line of the table, the findings behind it, and what their page is called."""

    line: str
    findings: tuple[Finding, ...]
    title: str


@dataclass(frozen=True)
class _Columns:
    """How wide the subjects, the titles and the whole line are."""

    subject: int
    title: int
    line: int

    def row(self, findings: Sequence[Finding], title: str, found: str) -> Row:
        """The row of findings that have their status and subject in common."""
        word, subject = WORDS[findings[0].status], _subject(findings[0])
        line = f"{word:<8} {cut(subject, self.subject):<{self.subject}} {cut(title, self.title):<{self.title}} {found}"
        return Row(cut(line.rstrip(), self.line), tuple(findings), f"{subject}: {title}, {word}")


def rows_of(findings: Sequence[Finding], width: int, word: str = "") -> list[Row]:
    """The rows for findings that are worst first; with a `word`, one row for each finding that has it."""
    columns = _columns(findings, width)
    if word:
        return [_row(finding, columns) for finding in findings if word.lower() in _words(finding).lower()]
    well = [finding for finding in findings if finding.status in (Status.OK, Status.SKIPPED)]
    return [_row(finding, columns) for finding in findings if finding not in well] + _folded(well, columns)


def _words(finding: Finding) -> str:
    return f"{WORDS[finding.status]} {_subject(finding)} {one_line(finding.title)} {told(finding)}"


def _columns(findings: Sequence[Finding], width: int) -> _Columns:
    """As wide as what stands in them; where the screen is narrow not wider than leaves room for what was found."""
    subject = max((len(_subject(finding)) for finding in findings), default=0)
    title = max((len(one_line(finding.title)) for finding in findings), default=0)
    if width < _NARROW:
        subject, title = min(subject, _SUBJECT), min(title, _TITLE)
    return _Columns(subject, title, width)


def _subject(finding: Finding) -> str:
    return one_line(finding.subject) or "server"


def _folded(well: Sequence[Finding], columns: _Columns) -> list[Row]:
    rows = []
    for status in (Status.OK, Status.SKIPPED):
        for subject in dict.fromkeys(f.subject for f in well if f.status is status):
            behind = [f for f in well if f.status is status and f.subject == subject]
            one = len(behind) == 1
            rows.append(_row(behind[0], columns) if one else columns.row(behind, counted(len(behind), "finding"), ""))
    return rows


def _row(finding: Finding, columns: _Columns) -> Row:
    return columns.row([finding], one_line(finding.title), told(finding))
