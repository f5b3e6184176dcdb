"""How much mail waits in chasquid's queue, and why."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.errors import FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta.mail_log import meaning
from mailwizard.mta.queue import MOST_ITEMS, QUEUE_FOLDER, Waiting, queued_ids, waiting
from mailwizard.text import one_line

_MANY = 20  # some mail always waits somewhere: greylisting, full mailboxes
_SHOWN = 5


async def look_at_queue(host: Host) -> Finding:
    """The finding `queue.length`."""
    try:
        ids = await queued_ids(host)
    except FileUnreadable as error:
        return _finding(Status.UNKNOWN, (str(error),))
    return judge_queue(len(ids), await waiting(host, ids[:_SHOWN]))


def judge_queue(count: int, sample: Sequence[Waiting]) -> Finding:
    """More than a few messages is a warning; a queue that is nearly full, and soon takes no more mail, a failure."""
    reasons = [one_line(f"{entry.recipient}: {entry.why or 'not tried yet'}") for entry in sample]
    status = Status.OK if count <= _MANY else Status.WARNING if count < MOST_ITEMS * 9 // 10 else Status.FAILED
    why = next((entry.why for entry in sample if entry.why), "")
    advice = meaning(why).advice if why else f"Look at what waits in {QUEUE_FOLDER}."
    found = (f"{count} of at most {MOST_ITEMS}", *reasons[:_SHOWN])
    return _finding(status, found, "" if status is Status.OK else advice)


def _finding(status: Status, found: tuple[str, ...], fix: str = "") -> Finding:
    return Finding(
        "queue.length",
        status,
        "Mail that waits",
        expected=f"{_MANY} messages or fewer",
        found=found,
        source=QUEUE_FOLDER,
        fix=fix,
    )


NO_QUEUE = _finding(Status.SKIPPED, ("chasquid is not installed",))
