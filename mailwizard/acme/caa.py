"""May the chosen authority issue for the wanted names? Looked up before it is asked to (RFC 8659)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from mailwizard.acme.judge import judge_caa
from mailwizard.acme.names import wanted_names
from mailwizard.answers import Answers
from mailwizard.dns.answer import Lookup
from mailwizard.dns.caa import climb, to_add, to_add_for_wildcard
from mailwizard.finding import Finding, Status


def asked_names(answers: Answers) -> list[str]:
    """The names whose CAA records count, the server's own first where it is one."""
    names = dict.fromkeys(name.removeprefix("*.") for name in wanted_names(answers))
    return list(names) if is_asked(answers) else []


def is_asked(answers: Answers) -> bool:
    """False for an authority whose CAA name nobody knows."""
    return answers.certificate.authority.startswith("letsencrypt")


def not_asked(answers: Answers) -> Finding:
    """The finding for such an authority."""
    found = ("an authority of your own",)
    return Finding("dns.caa", Status.SKIPPED, "CAA record", answers.server.hostname, found=found)


async def look_at_caa(lookup: Lookup, answers: Answers, names: Iterable[str]) -> list[Finding]:
    """The findings `dns.caa` of these names."""
    wildcard = answers.certificate.wildcard
    domains = {domain.name for domain in answers.domains}
    return list(await asyncio.gather(*(_look(lookup, name, wildcard and name in domains) for name in names)))


async def _look(lookup: Lookup, name: str, wildcard: bool) -> Finding:
    found = await climb(name, lookup)
    add = to_add_for_wildcard(found.records) if wildcard else to_add(found.records)
    return judge_caa(name, found, () if found.unknown else add)
