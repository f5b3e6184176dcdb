"""chasquid's queue on disk: what still waits to be delivered, and why (internal/queue/queue.proto)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timezone

from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.mta.prototext import BrokenFile, Message, parse

QUEUE_FOLDER = "/var/lib/chasquid/queue"
MOST_ITEMS = 200  # chasquid refuses mail when so many wait
_PREFIX = "m:"
_LARGEST = 1 << 20  # bytes; a longer item holds attachments and is only counted


@dataclass(frozen=True)
class Waiting:
    """One recipient of a queued message that it has not reached; `why` is the last failure."""

    id: str
    sender: str
    recipient: str
    since: datetime | None
    why: str


async def queued_ids(host: Host) -> list[str]:
    """The ids of the messages in the queue. Raises FileUnreadable; no queue yet is an empty one."""
    try:
        return [name[len(_PREFIX) :] for name in await host.list(QUEUE_FOLDER) if name.startswith(_PREFIX)]
    except FileMissing:
        return []


async def waiting(host: Host, ids: list[str]) -> list[Waiting]:
    """Who of these messages still waits. A message that left meanwhile, is too large or unreadable is left out."""
    lists = await asyncio.gather(*(_waiting(host, name) for name in ids))
    return [entry for found in lists for entry in found]


def parse_item(text: str) -> list[Waiting]:
    """The pending recipients of a queue file. Raises BrokenFile."""
    item = parse(text)
    return [
        Waiting(
            item.text("ID"),
            item.text("from"),
            recipient.text("address"),
            _created(item),
            recipient.text("last_failure_message"),
        )
        for recipient in item.messages("rcpt")
        if recipient.text("status") in ("", "0", "PENDING")
    ]


async def _waiting(host: Host, name: str) -> list[Waiting]:
    path = f"{QUEUE_FOLDER}/{_PREFIX}{name}"
    try:
        stat = await host.stat(path)
        return parse_item(await text_of(host, path)) if stat and stat.size <= _LARGEST else []
    except (BrokenFile, FileMissing):
        return []  # written or delivered at this very moment
    except FileUnreadable:
        return []  # counted all the same, by its name


def _created(item: Message) -> datetime | None:
    stamps = item.messages("created_at_ts")
    seconds = stamps[0].text("seconds") if stamps else ""
    return datetime.fromtimestamp(int(seconds), timezone.utc) if seconds.isdigit() and len(seconds) < 12 else None
