"""Looking at the certificate's files and at what the ports present."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailwizard.acme import places
from mailwizard.acme.judge import judge_expiry, judge_key, judge_names, judge_present, judge_served, missing
from mailwizard.acme.names import wanted_names
from mailwizard.acme.pem import BrokenCertificate, Facts, facts_of, key_spki
from mailwizard.answers import Answers
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding
from mailwizard.host.protocol import FileStat, Host
from mailwizard.mta.ports import PORTS, ask_port


@dataclass(frozen=True)
class Files:
    """The certificate as it lies there. `fits` is None when the key may not be read; `why` says what is missing."""

    facts: Facts | None = None
    why: str = ""
    stat: FileStat | None = None
    fits: bool | None = None


async def read_files(host: Host, hostname: str) -> Files:
    """What lies where chasquid reads. Raises nothing for a file that is missing or broken."""
    path = places.chain_path(hostname)
    try:
        pem = await host.read(path)
        if not pem.strip():
            return Files(why="no certificate yet")
        facts = facts_of(pem)
    except FileMissing:
        return Files(why="no certificate yet")
    except FileUnreadable as error:
        return Files(why=str(error))
    except BrokenCertificate as error:
        return Files(why=f"{path}: {error}")
    try:
        stat = await host.stat(places.key_path(hostname))
        return Files(facts, "", stat, await _fits(host, hostname, facts) if stat else False)
    except FileUnreadable:
        return Files(facts)


async def _fits(host: Host, hostname: str, facts: Facts) -> bool | None:
    try:
        return key_spki(await host.read(places.key_path(hostname))) == facts.spki
    except FileUnreadable:
        return None
    except (BrokenCertificate, FileMissing):
        return False


async def look_at_files(host: Host, answers: Answers, files: Files, trouble: str, now: datetime) -> list[Finding]:
    """All findings `certificate.…` but that on renewal."""
    hostname = answers.server.hostname
    facts = files.facts
    if facts is None:
        return missing(hostname, files.why, trouble)
    ports, known = await asyncio.gather(
        asyncio.gather(*(ask_port(host, port, hostname) for port in PORTS)), places.group_known(host)
    )
    return [
        judge_present(facts, answers.certificate.authority, hostname),
        judge_names(facts, wanted_names(answers), hostname),
        judge_key(files.stat, files.fits, known, hostname),
        judge_expiry(facts, now, hostname),
        judge_served(facts.der, ports, hostname),
    ]


def good(files: Files, answers: Answers, now: datetime) -> bool:
    """True when the files need no new order: right names, right authority, right key, not about to expire."""
    return files.facts is not None and files.fits is not False and facts_good(files.facts, answers, now)


def facts_good(facts: Facts, answers: Answers, now: datetime) -> bool:
    """The same of a certificate alone."""
    hostname, names = answers.server.hostname, wanted_names(answers)
    judged: Sequence[Finding] = (
        judge_present(facts, answers.certificate.authority, hostname),
        judge_names(facts, names, hostname),
        judge_expiry(facts, now, hostname),
    )
    return all(one.status.weight == 0 for one in judged)
