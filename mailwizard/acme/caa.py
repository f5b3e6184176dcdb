"""May the chosen authority issue for the wanted names? Looked up before it is asked to (RFC 8659)."""

from __future__ import annotations

import asyncio

from mailwizard.acme.judge import judge_caa
from mailwizard.acme.names import wanted_names
from mailwizard.answers import Answers
from mailwizard.dns.answer import Lookup
from mailwizard.dns.caa import climb, to_add, to_add_for_wildcard
from mailwizard.finding import Finding, Status


async def look_at_caa(lookup: Lookup, answers: Answers) -> list[Finding]:
    """The findings `dns.caa`, one for each name; skipped for an authority whose CAA name nobody knows."""
    wanted = wanted_names(answers)
    names = sorted({name.removeprefix("*.") for name in wanted}, key=len)
    if not answers.certificate.authority.startswith("letsencrypt"):
        return [Finding("dns.caa", Status.SKIPPED, "CAA record", names[0], found=("an authority of your own",))]
    return list(await asyncio.gather(*(_look(lookup, name, f"*.{name}" in wanted) for name in names)))


async def _look(lookup: Lookup, name: str, wildcard: bool) -> Finding:
    found = await climb(name, lookup)
    add = to_add_for_wildcard(found.records) if wildcard else to_add(found.records)
    return judge_caa(name, found, () if found.unknown else add)
