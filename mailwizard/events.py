"""What the engine tells while it works: small facts, in order, for a terminal, a screen or a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailwizard.change import Change
from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding


@dataclass(frozen=True)
class Looking:
    """A step is being looked at."""

    step: str


@dataclass(frozen=True)
class Found:
    """A step was looked at."""

    step: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Planned:
    """A step is going to make these changes."""

    step: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Blocked:
    """A step has changes to make, and what it needs does not hold."""

    step: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Begun:
    """A change is written in the journal, and is being made."""

    step: str
    change: Change


@dataclass(frozen=True)
class Line:
    """A line of output of the change in hand."""

    step: str
    text: str


@dataclass(frozen=True)
class Told:
    """Something about the machine itself, whatever is being done: its connection is made again."""

    text: str


@dataclass(frozen=True)
class Made:
    """A change is made."""

    step: str
    change: Change


@dataclass(frozen=True)
class Failed:
    """A change could not be made."""

    step: str
    change: Change
    error: MailwizardError


Event = Looking | Found | Planned | Blocked | Begun | Line | Told | Made | Failed
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A listener that does nothing."""
