"""`mailwizard records`: the DNS records to publish, as a table, a zone file, for nsupdate, or JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence

from mailwizard import streams
from mailwizard.answers import Answers
from mailwizard.dns.wanted_record import Wanted
from mailwizard.finding import Status
from mailwizard.publishing.forms import as_json, nsupdate_text, presentation, table_text, zone_text
from mailwizard.publishing.seen import Seen, judged
from mailwizard.running import wait_for
from mailwizard.services.records import Wanted as ToPublish
from mailwizard.sitting import sitting
from mailwizard.text import listed, one_line


def run(args: argparse.Namespace) -> int:
    """0 when the records could be made."""
    return wait_for(lambda: _records(args))


async def _records(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        records = now.services.records
        wanted = await records.wanted(now.host, now.answers)
        seen = await asyncio.gather(*(records.see(wish, wanted.own) for wish in wanted.wishes))
    rows = [(one.wish.record, judged(one).status) for one in seen]
    for sentence in (*lacking(wanted, now.answers), *unseen(rows)):
        streams.tell(one_line(f"mailwizard: {sentence}"))
    if args.json:
        print(json.dumps([as_json(record, status) for record, status in rows], indent=1))
    elif args.format == "zone":
        print(zone_text(record for record, _ in rows))
    elif args.format == "nsupdate":
        print(_nsupdate(seen))
    else:
        print(table_text(rows))
    return 0


def lacking(wanted: ToPublish, answers: Answers) -> list[str]:
    """Which records cannot be known yet, and why: one that is not shown would seem not to be needed."""
    keyless: dict[str, list[str]] = {}
    for name, why in wanted.keys.reasons.items():
        keyless.setdefault(why.rstrip("."), []).append(name)
    said = [f"DKIM of {listed(names)} is not among these records: {why}." for why, names in keyless.items()]
    if not wanted.own.ipv4:
        said.append(
            "A of the server's name is not among these records: its IPv4 address is not known. Give it as server.ipv4."
        )
    if not (wanted.own.ipv6 or answers.server.ipv4_only):
        said.append("AAAA of the server's name is not among these records: this server has no IPv6 address yet.")
    return said


def unseen(rows: Sequence[tuple[Wanted, Status]]) -> list[str]:
    """What could not be looked up may stand already, and be another one."""
    names = [f"{record.type} {record.name}" for record, status in rows if status is Status.UNKNOWN]
    if not names:
        return []
    return [f"No answer about {listed(names)}: what stands there is not known. Look before you publish them."]


def _nsupdate(seen: list[Seen]) -> str:
    """Only values that the wanted record takes the place of are deleted: other TXT records at a name stay."""
    apexes = {one.wish.record.name: one.apex for one in seen}
    standing = {one.wish.record: [presentation(record) for record in one.replaced] for one in seen}
    return nsupdate_text([one.wish.record for one in seen], apexes, standing)
