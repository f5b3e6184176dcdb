"""`mailwizard records`: the DNS records to publish, as a table, a zone file, for nsupdate, or JSON."""

from __future__ import annotations

import argparse
import asyncio
import json

from mailwizard import streams
from mailwizard.dns.wanted_record import Wanted
from mailwizard.finding import Status
from mailwizard.publishing.forms import as_json, nsupdate_text, presentation, table_text, zone_text
from mailwizard.publishing.seen import Seen, judged
from mailwizard.running import wait_for
from mailwizard.sitting import sitting
from mailwizard.text import listed, printable


def run(args: argparse.Namespace) -> int:
    """0 when the records could be made."""
    return wait_for(lambda: _records(args))


async def _records(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        records = now.services.records
        wanted = await records.wanted(now.host, now.answers)
        seen = await asyncio.gather(*(records.see(wish, wanted.own) for wish in wanted.wishes))
    rows = [(one.wish.record, judged(one).status) for one in seen]
    _warn(rows)
    if args.json:
        print(json.dumps([as_json(record, status) for record, status in rows], indent=1))
    elif args.format == "zone":
        print(zone_text(record for record, _ in rows))
    elif args.format == "nsupdate":
        print(_nsupdate(seen))
    else:
        print(table_text(rows))
    return 0


def _warn(rows: list[tuple[Wanted, Status]]) -> None:
    """What could not be looked up may stand already, and be another one."""
    unseen = [f"{record.type} {record.name}" for record, status in rows if status is Status.UNKNOWN]
    if unseen:
        sentence = f"No answer about {listed(unseen)}: what stands there is not known. Look before you publish them."
        streams.tell(printable(f"mailwizard: {sentence}"))


def _nsupdate(seen: list[Seen]) -> str:
    """Only values that the wanted record takes the place of are deleted: other TXT records at a name stay."""
    apexes = {one.wish.record.name: one.apex or one.wish.record.name for one in seen}
    standing = {one.wish.record: [presentation(record) for record in one.replaced] for one in seen}
    return nsupdate_text([one.wish.record for one in seen], apexes, standing)
