"""All findings, folded to one status, as JSON and as an exit code (the monitoring plugins' convention)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailwizard.finding import Finding, Status, worst

EXIT_CODES = {Status.OK: 0, Status.SKIPPED: 0, Status.WARNING: 1, Status.FAILED: 2, Status.UNKNOWN: 3}


@dataclass(frozen=True)
class Health:
    """What a look at everything came to. `seconds` is how long it took."""

    server: str
    checked_at: datetime
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst of all: failed, warning, unknown, ok."""
        status = worst(self.findings)
        return Status.OK if status is Status.SKIPPED else status

    @property
    def exit_code(self) -> int:
        """0 ok, 1 warning, 2 failed, 3 cannot tell."""
        return EXIT_CODES[self.status]

    def as_json(self) -> dict[str, object]:
        """The document of `health --json`, schema 1."""
        return {
            "schema": 1,
            "status": self.status.value,
            "checked_at": self.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "server": self.server,
            "seconds": round(self.seconds, 2),
            "findings": [finding.as_json() for finding in self.findings],
        }


def about(findings: Iterable[Finding], domains: Sequence[str]) -> list[Finding]:
    """The findings about these domains and their accounts; all findings when no domain is named."""
    wanted = {domain.lower() for domain in domains}
    return [f for f in findings if not wanted or f.subject.rsplit("@", 1)[-1].lower() in wanted]
