"""May the chosen authority issue for the wanted names? Looked up before it is asked to (RFC 8659)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from mailwizard.acme.judge import judge_caa
from mailwizard.acme.names import wanted_names
from mailwizard.answers import Answers
from mailwizard.dns.answer import EveryServer
from mailwizard.dns.caa import climb, to_add, to_add_for_wildcard
from mailwizard.finding import Finding, Status
from mailwizard.text import one_line


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


async def look_at_caa(everywhere: EveryServer, answers: Answers, names: Iterable[str]) -> list[Finding]:
    """The findings `dns.caa` of these names, by what every authoritative server says."""
    wildcard = answers.certificate.wildcard
    domains = {domain.name for domain in answers.domains}
    return list(await asyncio.gather(*(_look(everywhere, name, wildcard and name in domains) for name in names)))


async def _look(everywhere: EveryServer, name: str, wildcard: bool) -> Finding:
    """The worst of what the servers say: the authority may ask any of them. One that differs is named."""
    needed = to_add_for_wildcard if wildcard else to_add
    sets = await climb(name, everywhere)
    judged = [(found, judge_caa(name, found, () if found.unknown else needed(found.records))) for found in sets]
    found, worst = max(judged, key=lambda one: one[1].status.weight)
    if found.unknown or all(one.status is worst.status for _, one in judged):
        return worst
    return replace(worst, found=tuple(f"{one_line(found.source)}: {words}" for words in worst.found))
