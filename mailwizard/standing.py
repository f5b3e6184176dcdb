"""How a step stands: done, half done, failed, waiting. Worked out from findings and changes, never kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailwizard.change import Change
from mailwizard.finding import Finding, Status


class Standing(str, Enum):
    """The state of a step; the value is the sign that shows it."""

    DONE = "[x]"
    TO_COME = "[ ]"
    FAILED = "[!]"
    WAITING = "[~]"
    NOT_CHOSEN = "[-]"


@dataclass(frozen=True)
class Step:
    """What is known of one step. `lacks` is the answer without which it cannot be looked at, as a sentence."""

    name: str
    title: str
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    looked: bool = False
    lacks: str = ""

    @property
    def open(self) -> tuple[Finding, ...]:
        """What waits for the user or for the DNS, and what the user may still do."""
        return tuple(finding for finding in self.findings if finding.waits or finding.is_offered)

    @property
    def standing(self) -> Standing:
        """A step with changes to make is to come; one without is failed, waiting or done."""
        if not self.looked or self.lacks or self.changes:
            return Standing.TO_COME
        if any(f.status is Status.FAILED and not f.fix for f in self.findings):
            return Standing.FAILED
        if self.open:
            return Standing.WAITING
        if self.findings and all(f.status is Status.SKIPPED for f in self.findings):
            return Standing.NOT_CHOSEN
        return Standing.DONE


def next_step(steps: Sequence[Step]) -> int:
    """Where to go on: the first step with something to do, else that failed, else that waits, else the end."""
    for standing in (Standing.TO_COME, Standing.FAILED, Standing.WAITING):
        for number, step in enumerate(steps):
            if step.standing is standing:
                return number
    return len(steps)
