"""Findings, changes and what waits, as plain text for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mailwizard.change import Change
from mailwizard.events import Begun, Blocked, Event, Failed, Line, Looking, Told
from mailwizard.finding import Finding, Status
from mailwizard.text import one_line, printable

WORDS = {
    Status.OK: "ok",
    Status.SKIPPED: "skipped",
    Status.UNKNOWN: "UNKNOWN",
    Status.WARNING: "WARNING",
    Status.FAILED: "FAILED",
}


def finding_line(finding: Finding) -> str:
    """`FAILED   example.com SPF record: two records stand there`."""
    found = f": {'; '.join(finding.found)}" if finding.found else ""
    return f"{WORDS[finding.status]:<8} {one_line(f'{finding.subject} {finding.title}{found}')}"


def finding_lines(finding: Finding) -> list[str]:
    """The finding in a line, and below it, unless all is well, what was expected, who was asked and what to do."""
    lines = [finding_line(finding)]
    if finding.status in (Status.OK, Status.SKIPPED):
        return lines
    for word, text in (("expected", finding.expected), ("asked", finding.source), ("to fix", finding.fix)):
        if text:
            lines += _hanging(f"         {word:<9}", text)
    if finding.until:
        lines.append(f"         by       {finding.until:%Y-%m-%d %H:%M:%S} UTC at the latest")
    return lines


def _hanging(first: str, text: str) -> list[str]:
    lines = printable(text).splitlines()
    return [first + lines[0], *(" " * len(first) + line for line in lines[1:])]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Failed, warning, unknown, ok, skipped; else in the order of the steps."""
    order = (Status.FAILED, Status.WARNING, Status.UNKNOWN, Status.OK, Status.SKIPPED)
    return sorted(findings, key=lambda finding: order.index(finding.status))


def change_line(step: str, change: Change) -> str:
    """`certificate: /etc/acme.conf (new, 0600)`."""
    detail = f" ({change.detail})" if change.detail else ""
    return one_line(f"{step}: {change.title}{detail}")


def waiting_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """What waits for the user or for the DNS, each with what to do."""
    for finding in findings:
        about = f"{finding.subject}: " if finding.subject else ""
        yield one_line(f"waiting: {about}{finding.title} ({finding.id})")
        yield from _hanging("         ", finding.fix)


def event_line(event: Event) -> str:
    """What a log shows of an event; empty when nothing."""
    if isinstance(event, Looking):
        return ""
    if isinstance(event, Begun):
        return change_line(event.step, event.change)
    if isinstance(event, Line):
        return f"  {printable(event.text.rstrip())}"
    if isinstance(event, Told):
        return one_line(event.text)
    if isinstance(event, Failed):
        return f"{event.step}: failed: {printable(str(event.error))}"
    if isinstance(event, Blocked):
        needs = "; ".join(f.title for f in event.findings)
        return one_line(f"{event.step}: waits until this holds: {needs}")
    return ""
