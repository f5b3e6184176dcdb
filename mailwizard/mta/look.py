"""Looking at the program itself: its version, its service, its configuration and its hook."""

from __future__ import annotations

import asyncio

from mailwizard.answers import Answers
from mailwizard.debian.packages import candidate_version
from mailwizard.debian.release import Release, release_of
from mailwizard.debian.testing import no_mirror
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of
from mailwizard.mta import chasquid_conf, hook, units
from mailwizard.mta.freshness import changed_since
from mailwizard.mta.install import PACKAGE, chasquid_version, held_back
from mailwizard.mta.judge import judge_hook, judge_hostname, judge_service, judge_version
from mailwizard.mta.log_errors import last_words
from mailwizard.mta.origin import Origin, good_enough, impossible, origin_of
from mailwizard.mta.units import Running


async def look_at_program(host: Host, answers: Answers, state: Running | None, banner: str) -> list[Finding]:
    """The findings `chasquid.version`, `.service`, `.hostname` and `.sender_identity`."""
    version, release, newer = await asyncio.gather(
        chasquid_version(host, answers.server), release_of(host), held_back(host)
    )
    origin = origin_of(answers.server)
    trouble = "" if version and good_enough(version, origin) else await why_impossible(host, answers, origin, release)
    service, hostname, hook_finding = await asyncio.gather(
        _service(host, answers, state, bool(version)), _hostname(host, answers, banner), _hook(host)
    )
    return [judge_version(version, origin, trouble, newer), service, hostname, hook_finding]


async def why_impossible(host: Host, answers: Answers, origin: Origin, release: Release) -> str:
    """Why chasquid cannot come from where it is to come from, ending with what to do; empty when it can."""
    if origin is Origin.TESTING:
        return await no_mirror(host, release, answers.server.debian_mirror)
    candidate = await candidate_version(host, PACKAGE) if origin is Origin.DISTRIBUTION else ""
    return impossible(origin, release, candidate)


async def _service(host: Host, answers: Answers, state: Running | None, installed: bool) -> Finding:
    names = [domain.name for domain in answers.domains]
    newer = await changed_since(host, state.since, names) if state and state.since else ()
    drop_ins = await units.drop_in_changes(host, ipv4_only=answers.server.ipv4_only)
    words = await last_words(host) if state and installed and not state.active else ""
    return judge_service(state, installed, newer, bool(drop_ins), words)


async def _hostname(host: Host, answers: Answers, banner: str) -> Finding:
    try:
        conf: str | None = await text_of(host, chasquid_conf.PATH)
    except FileMissing:
        conf = None
    except FileUnreadable as error:
        title, source = "HELO name", chasquid_conf.PATH
        return Finding("chasquid.hostname", Status.UNKNOWN, title, found=(str(error),), source=source)
    return judge_hostname(conf, answers.server.hostname, banner)


async def _hook(host: Host) -> Finding:
    try:
        stat, found = await host.stat(hook.PATH), await host.read(hook.PATH)
    except FileMissing:
        return judge_hook(None, hook.hook_text(), False)
    except FileUnreadable as error:
        title = "Senders keep to their domain"
        return Finding("chasquid.sender_identity", Status.UNKNOWN, title, found=(str(error),), source=hook.PATH)
    return judge_hook(found, hook.hook_text(), stat is not None and stat.mode & 0o005 == 0o005)
