"""All findings, folded to one status, as JSON and as an exit code (the monitoring plugins' convention)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailwizard.finding import Finding, Status

EXIT_CODES = {Status.OK: 0, Status.SKIPPED: 0, Status.WARNING: 1, Status.FAILED: 2, Status.UNKNOWN: 3}


@dataclass
class Tally:
    """How many findings have which status; the findings themselves are not kept."""

    counts: Counter[Status] = field(default_factory=Counter)

    def add(self, findings: Iterable[Finding]) -> None:
        """Counts them in."""
        self.counts.update(finding.status for finding in findings)

    @property
    def status(self) -> Status:
        """The worst of all: failed, warning, unknown, ok."""
        status = max(self.counts, key=lambda status: status.weight, default=Status.OK)
        return Status.OK if status is Status.SKIPPED else status

    @property
    def exit_code(self) -> int:
        """0 ok, 1 warning, 2 failed, 3 cannot tell."""
        return EXIT_CODES[self.status]


@dataclass(frozen=True)
class Health:
    """What a look at everything came to. `seconds` is how long it took."""

    server: str
    checked_at: datetime
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def tally(self) -> Tally:
        """The findings counted."""
        tally = Tally()
        tally.add(self.findings)
        return tally

    def as_json(self) -> dict[str, object]:
        """The document of `health --json`, schema 1."""
        return {
            "schema": 1,
            "status": self.tally.status.value,
            "checked_at": self.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "server": self.server,
            "seconds": round(self.seconds, 2),
            "findings": [finding.as_json() for finding in self.findings],
        }


def about(findings: Iterable[Finding], domains: Sequence[str]) -> list[Finding]:
    """The findings about these domains and their accounts; all findings when no domain is named."""
    wanted = {domain.lower() for domain in domains}
    return [f for f in findings if not wanted or f.subject.rsplit("@", 1)[-1].lower() in wanted]
