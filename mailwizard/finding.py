"""One fact that was checked: what was expected, what was found, who said so, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Status(str, Enum):
    """What a check came to. `UNKNOWN` means asked without a usable answer; it never means missing."""

    OK = "ok"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FAILED = "failed"

    @property
    def weight(self) -> int:
        """0 (skipped, ok) to 3 (failed): failed wins over warning, warning over cannot tell."""
        return {"ok": 0, "skipped": 0, "unknown": 1, "warning": 2, "failed": 3}[self.value]


@dataclass(frozen=True)
class Finding:
    """A fact about `subject` (a domain, an address, an account, or "" for the server itself)."""

    id: str
    status: Status
    title: str
    subject: str = ""
    expected: str = ""
    found: tuple[str, ...] = ()
    source: str = ""
    cause: str = ""
    fix: str = ""
    until: datetime | None = None

    @property
    def waits(self) -> bool:
        """True when only the user or the DNS can go on: not good, and it says what to do."""
        return self.status in (Status.FAILED, Status.UNKNOWN) and bool(self.fix)

    @property
    def is_offered(self) -> bool:
        """True when it is left to the user, who has not done it: it is skipped, and says how it is done."""
        return self.status is Status.SKIPPED and bool(self.fix)

    def as_json(self) -> dict[str, object]:
        """The finding as `health --json` shows it; `until` (ISO 8601, UTC) only where there is one."""
        facts: dict[str, object] = {
            "id": self.id,
            "subject": self.subject,
            "status": self.status.value,
            "title": self.title,
            "expected": self.expected,
            "found": list(self.found),
            "source": self.source,
            "cause": self.cause,
            "fix": self.fix,
        }
        if self.until:
            facts["until"] = self.until.isoformat(timespec="seconds").replace("+00:00", "Z")
        return facts


def worst(findings: Iterable[Finding]) -> Status:
    """The status of all of them together; `OK` when there is none."""
    return max((f.status for f in findings), key=lambda status: status.weight, default=Status.OK)
