"""Where a record is seen already, server by server, and until when the others may remember what stood there before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.clock import latest_moment
from mailwizard.dns.mistakes import Mistake, holds
from mailwizard.dns.mistakes_text import counting, near
from mailwizard.dns.wanted_record import Wanted


@dataclass(frozen=True)
class Cell:
    """What one server says: `state` is ok, wrong, missing, unknown, or waits (it will ask afresh by `until`)."""

    server: str
    state: str
    until: datetime | None = None  # UTC

    @property
    def word(self) -> str:
        """The cell in a word: "ok", "wrong", "missing", "unknown", or "by 14:32" in the reader's time zone."""
        if self.state != "waits":
            return self.state
        return f"by {self.until.astimezone():%H:%M}" if self.until else "unknown"


@dataclass(frozen=True)
class View:
    """One record as all servers see it."""

    wanted: Wanted
    authoritative: tuple[Cell, ...]
    resolvers: tuple[Cell, ...]

    @property
    def is_published(self) -> bool:
        """True when every authoritative server was seen to hold the record."""
        return bool(self.authoritative) and all(cell.state == "ok" for cell in self.authoritative)

    @property
    def is_visible(self) -> bool:
        """True when the resolvers see it as well."""
        return self.is_published and all(cell.state == "ok" for cell in self.resolvers)

    @property
    def until(self) -> datetime | None:
        """The latest moment at which the last of the resolvers sees the record; None if none is waited for."""
        return max((cell.until for cell in self.resolvers if cell.until), default=None)


@dataclass(frozen=True)
class Sight:
    """The resolvers that still remember something else, and when the last of them asks afresh (None: unknown).

    `silent` gave no usable answer; `seen` is False when there are resolvers and not one of them has the record.
    """

    lagging: tuple[Answer, ...]
    until: datetime | None
    silent: tuple[Answer, ...] = ()
    seen: bool = True


def view(
    wanted: Wanted,
    authoritative: Sequence[Answer],
    resolvers: Sequence[Answer],
    now: datetime,
    mistake: Mistake | None,
) -> View:
    """The record server by server. `mistake` is what `name_mistake` said of it, `now` is aware.

    A resolver that lags has a moment to wait for only when the record is published. What the authoritative servers
    hold without a mistake (an SPF record in other words) is ok at the resolvers too.
    """
    good = _said(authoritative) if mistake is None else set()
    cells = tuple(Cell(answer.server, _state(wanted, answer, good)) for answer in authoritative)
    seen = (_waiting(wanted, answer, now, authoritative) for answer in resolvers)
    if mistake is None:
        return View(wanted, cells, tuple(seen))
    return View(wanted, cells, tuple(Cell(answer.server, _state(wanted, answer, good)) for answer in resolvers))


def latest_sight(
    wanted: Wanted, resolvers: Sequence[Answer], authoritative: Sequence[Answer] = (), now: datetime | None = None
) -> Sight:
    """Which resolvers do not see a published record yet, and until when. One without an answer does not lag.

    What `authoritative` holds was found good.
    """
    moment = now or datetime.now(timezone.utc)
    cells = [(answer, _waiting(wanted, answer, moment, authoritative)) for answer in resolvers]
    silent = tuple(answer for answer, cell in cells if cell.state == "unknown")
    seen = not resolvers or any(cell.state == "ok" for _, cell in cells)
    late = [(answer, cell.until) for answer, cell in cells if cell.state not in ("ok", "unknown")]
    until = max((moment for _, moment in late if moment), default=None)
    return Sight(tuple(answer for answer, _ in late), until, silent, seen)


def _said(answers: Sequence[Answer]) -> set[frozenset[str]]:
    return {frozenset(answer.values) for answer in answers if answer.records}


def _waiting(wanted: Wanted, answer: Answer, now: datetime, authoritative: Sequence[Answer]) -> Cell:
    state = _state(wanted, answer, _said(authoritative))
    if state in ("ok", "unknown"):
        return Cell(answer.server, state)
    stand = {(alias.name, alias.value) for held in authoritative for alias in held.aliases}
    until = latest_moment(answer, now, stand)
    return Cell(answer.server, "waits" if until else state, until)


def _state(wanted: Wanted, answer: Answer, good: set[frozenset[str]]) -> str:
    if answer.outcome is Outcome.UNKNOWN:
        return "unknown"
    if frozenset(answer.values) in good or holds(wanted, answer):
        return "ok"
    meant = counting(wanted, answer.values) or near(wanted, answer.values) if wanted.type == "TXT" else answer.values
    return "wrong" if meant else "missing"
