"""Judges the records of many domains as mailwizard does; needs mailwizard and nothing else of the tests.

    python judge_zones.py <REQUEST >VERDICTS

REQUEST is JSON: "resolver" (whom to ask), "addresses" (the server's own), "wanted" (records by domain, each the fields
of a `Wanted`). VERDICTS is JSON: by domain and purpose the cause, the sentence and the fix of what is wrong.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from mailwizard.dns.dns import Dns
from mailwizard.dns.mistakes import Mistake, name_mistake
from mailwizard.dns.wanted_record import Wanted

AT_ONCE = 64  # domains


async def judge(dns: Dns, wanted: Wanted, addresses: Sequence[str]) -> Mistake | None:
    """What is wrong with one record."""
    zone, answers = await asyncio.gather(dns.zone(wanted.name), dns.authoritative(wanted.name, wanted.type))
    return await name_mistake(wanted, answers, zone.apex, dns.authoritative_lookup, addresses)


async def judge_all(
    resolver: str, addresses: Sequence[str], wanted: dict[str, list[Wanted]]
) -> dict[str, dict[str, dict[str, str]]]:
    """What is wrong with each domain."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(dns: Dns, records: list[Wanted]) -> dict[str, dict[str, str]]:
        async with slots:
            found = await asyncio.gather(*(judge(dns, record, addresses) for record in records))
        named = zip(records, found, strict=True)
        return {
            record.purpose: {"cause": mistake.cause, "sentence": mistake.sentence, "fix": mistake.fix}
            for record, mistake in named
            if mistake
        }

    async with Dns([resolver], system=[resolver], https={}) as dns:
        said = await asyncio.gather(*(one(dns, records) for records in wanted.values()))
    return dict(zip(wanted, said, strict=True))


def main() -> None:
    """Reads the request, prints the verdicts."""
    request = json.load(sys.stdin)
    wanted = {domain: [Wanted(**fields) for fields in records] for domain, records in request["wanted"].items()}
    print(json.dumps(asyncio.run(judge_all(request["resolver"], request["addresses"], wanted))))


if __name__ == "__main__":
    main()
