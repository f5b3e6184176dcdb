"""What went wrong in the last day, by chasquid's own words in the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta import units
from mailwizard.mta.mail_log import Event, Kind, parse
from mailwizard.text import one_line

_MOST_LINES, _SHOWN = 5000, 5
_ARGV = ("journalctl", "--quiet", "--no-pager", "--output=cat", f"--unit={units.SERVICE}", "--since=-24h")
_FATAL = re.compile(r"☠|^panic: |^fatal error: |Failed with result|Start request repeated too quickly")

_LAST_WORDS = re.compile(r"^.*☠\s+(\S+\.go:\d+\s+)?|^(?=panic: |fatal error: )")


async def look_at_log(host: Host, domains: Sequence[str]) -> Finding:
    """The finding `log.errors`."""
    ran = await host.run((*_ARGV, f"--lines={_MOST_LINES}"), timeout=20)
    if not ran.ok or (not ran.out and not host.is_root):
        why = ran.err.strip().splitlines()
        return _finding(Status.UNKNOWN, (one_line(why[-1]) if why else "the journal shows this user nothing",))
    return judge_log(ran.out.splitlines(), domains)


async def last_words(host: Host) -> str:
    """What chasquid itself said when it last gave up ("☠ chasquid.go:322 example.com: users file error"); or empty."""
    ran = await host.run((*_ARGV, "--lines=50"))
    said = [line for line in ran.out.splitlines() if _LAST_WORDS.search(line)] if ran.ok else []
    return one_line(_LAST_WORDS.sub("", said[-1])) if said else ""


def judge_log(lines: Sequence[str], domains: Sequence[str]) -> Finding:
    """Crashes and mail of our own senders that was refused for good are warnings; other people's mail is not."""
    fatal = [line for line in lines if _FATAL.search(line)]
    refused = [event for event in map(parse, lines) if event and event.kind is Kind.FAILED and _ours(event, domains)]
    found = [
        *_newest(fatal),
        *_newest(f"to {event.recipients[0]}: {event.text}" for event in refused if event.recipients),
    ]
    if not found:
        return _finding(Status.OK, (f"{len(lines)} lines, no error",))
    fix = "Read them with: journalctl -u chasquid --since -24h"
    return _finding(Status.WARNING, tuple(found), "crashed" if fatal else "refused", fix)


def _ours(event: Event, domains: Sequence[str]) -> bool:
    return event.sender.rpartition("@")[2] in domains and "+fwd_from=" not in event.sender


def _newest(lines: Iterable[str]) -> list[str]:
    every = [one_line(line) for line in lines]
    return every[-_SHOWN:]


def _finding(status: Status, found: tuple[str, ...], cause: str = "", fix: str = "") -> Finding:
    return Finding(
        "log.errors",
        status,
        "Errors in the mail log",
        expected="none in the last 24 hours",
        found=found,
        source=f"journalctl -u {units.SERVICE}",
        cause=cause,
        fix=fix,
    )


NO_LOG = _finding(Status.SKIPPED, ("chasquid is not installed",))
