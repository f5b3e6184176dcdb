"""The test mail: whether mail leaves. Nothing is changed here; what waits and what was refused lately is shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta.journal_reader import Line, mail_log_since
from mailwizard.mta.mail_log import Event, Kind, meaning, parse
from mailwizard.mta.queue import MOST_ITEMS, QUEUE_FOLDER, Waiting, queued_ids, waiting
from mailwizard.text import one_line

HOURS = 24
_SHOWN = 5  # reasons at most
_PATIENCE = timedelta(hours=1)  # a message that waits longer is worth a warning
_FULL = MOST_ITEMS * 9 // 10
_GUESSES = 200  # refused logins a day that are worth a warning
_HARMLESS = (
    "no_such_user",
    "mailbox_full",
    "no_mail_server",
)  # the writer's or the receiver's matter, not the server's


class TestMail:
    """The last step."""

    __test__ = False  # for pytest: this is no test
    name = "test_mail"
    title = "Test mail"
    needs = ("chasquid.service",)

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """queue.length and log.errors."""
        return list(await asyncio.gather(_queue(host), _log(host)))

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing: a test mail is sent by a command of its own."""
        return []


async def _queue(host: Host) -> Finding:
    finding = Finding(
        "queue.length", Status.OK, "Mail waiting to be sent", expected="none for long", source=QUEUE_FOLDER
    )
    try:
        ids = await queued_ids(host)
        items = await waiting(host, ids)
    except HostError as error:
        return replace(finding, status=Status.UNKNOWN, found=(str(error),))
    return judge_queue(finding, len(ids), items, datetime.now(timezone.utc))


def judge_queue(finding: Finding, length: int, items: Sequence[Waiting], now: datetime) -> Finding:
    """Ok while nothing waits long; a warning with the reasons when something does; failed when it is nearly full."""
    late = [item for item in items if item.since and now - item.since > _PATIENCE]
    reasons = Counter(one_line(item.why) or "not tried yet" for item in late or items)
    found = (f"{length} waiting", *(f"{count} × {why}" for why, count in reasons.most_common(_SHOWN)))
    if length >= _FULL:
        fix = f"chasquid refuses mail when {MOST_ITEMS} wait. {_advice(late or items)}"
        return replace(finding, status=Status.FAILED, found=found, cause="full", fix=fix)
    if late:
        return replace(finding, status=Status.WARNING, found=found, cause="late", fix=_advice(late))
    return replace(finding, found=found)


def _advice(items: Sequence[Waiting]) -> str:
    reasons = Counter(item.why for item in items if item.why)
    return meaning(reasons.most_common(1)[0][0]).advice if reasons else "Look at `journalctl -u chasquid`."


async def _log(host: Host) -> Finding:
    finding = Finding(
        "log.errors",
        Status.OK,
        f"Mail of the last {HOURS} hours",
        expected="no refusals",
        source="journalctl -u chasquid",
    )
    try:
        lines = await mail_log_since(host, HOURS)
    except HostError as error:
        return replace(finding, status=Status.UNKNOWN, found=(str(error),))
    return judge_log(finding, lines)


def judge_log(finding: Finding, lines: Sequence[Line]) -> Finding:
    """A warning when receivers refused mail for a reason that is this server's, or when passwords are being guessed."""
    events = [event for line in lines if (event := parse(line.text))]
    counts = Counter(event.kind for event in events)
    refused = [event for event in events if event.kind is Kind.FAILED and meaning(event.text).cause not in _HARMLESS]
    found = (f"{counts[Kind.SENT]} sent, {counts[Kind.FAILED]} refused", *_reasons(refused))
    if refused:
        advice = meaning(refused[-1].text)
        return replace(finding, status=Status.WARNING, found=found, cause=advice.cause, fix=advice.advice)
    if counts[Kind.LOGIN_FAILED] >= _GUESSES:
        found += (f"{counts[Kind.LOGIN_FAILED]} logins with a wrong password",)
        fix = "Somebody is guessing passwords. Long ones hold; fail2ban keeps the log short."
        return replace(finding, status=Status.WARNING, found=found, cause="guessing", fix=fix)
    return replace(finding, found=found)


def _reasons(refused: Sequence[Event]) -> tuple[str, ...]:
    counts = Counter(f"{' '.join(event.recipients)}: {event.text}" for event in refused)
    return tuple(one_line(why) for why, _ in counts.most_common(_SHOWN))
