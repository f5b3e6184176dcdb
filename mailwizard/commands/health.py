"""`mailwizard health` without screens: plain text, domain by domain as they come, or JSON. Never writes."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime, timezone

from mailwizard.answers import Answers
from mailwizard.errors import UsageError
from mailwizard.finding import Finding, Status
from mailwizard.health import Health, Tally, about
from mailwizard.looking import Looked
from mailwizard.plain import finding_lines, worst_first
from mailwizard.remedy import with_remedies
from mailwizard.running import wait_for
from mailwizard.sitting import sitting
from mailwizard.text import one_line


def run(args: argparse.Namespace) -> int:
    """0 ok, 1 warning, 2 failed, 3 cannot tell."""
    return wait_for(lambda: _health(args))


async def _health(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        only = known_names(args.domain, now.answers)
        show = as_json if args.json else as_text
        found = now.engine.look_each(now.answers, only)
        async with aclosing(with_remedies(now.host, now.services.order, now.answers, found)) as looks:
            return (await show(now.answers, looks, only)).exit_code


def known_names(names: Sequence[str], answers: Answers) -> list[str]:
    """The names as the answers have them. Raises UsageError for one that is neither a domain of theirs nor the server.

    Nothing would be looked at for such a name, and nothing must not read as all is well.
    """
    known = [*(domain.name for domain in answers.domains), answers.server.hostname]
    wanted = [name.lower().rstrip(".") for name in names]
    for name in wanted:
        if name not in known:
            raise UsageError(f'--domain: "{one_line(name)}" is none of the domains in {answers.path}.')
    return wanted


async def as_text(answers: Answers, looks: AsyncGenerator[Looked, None], only: Sequence[str]) -> Tally:
    """Prints what is found about a domain as soon as it is known, and the sum at the end; keeps nothing."""
    began, tally = time.monotonic(), Tally()
    async for looked in looks:
        findings = about(looked.findings, only)
        tally.add(findings)
        _print(line for finding in _shown(findings) for line in finding_lines(finding))
    _print([summary(answers, tally, time.monotonic() - began, datetime.now(timezone.utc))])
    return tally


async def as_json(answers: Answers, looks: AsyncGenerator[Looked, None], only: Sequence[str]) -> Tally:
    """Prints one document: the server's findings, then the domains' in the order of the answers."""
    began, known = time.monotonic(), dict[str, list[Finding]]()
    async for looked in looks:
        known[looked.domain] = about(looked.findings, only)
    ordered = [
        finding for name in ("", *(domain.name for domain in answers.domains)) for finding in known.get(name, ())
    ]
    took, now = time.monotonic() - began, datetime.now(timezone.utc)
    health = Health(answers.server.hostname, now, took, tuple(ordered))
    _print([json.dumps(health.as_json(), indent=1)])
    return health.tally


def summary(answers: Answers, tally: Tally, seconds: float, at: datetime) -> str:
    """`smtp.example.com: failed (2 failed, 1 warning, 40 ok), looked at 02:00:00 UTC, 0.4 s`."""
    order = (Status.FAILED, Status.WARNING, Status.UNKNOWN, Status.OK)
    counts = ", ".join(f"{tally.counts[status]} {status.value}" for status in order if tally.counts[status])
    head = f"{answers.server.hostname}: {tally.status.value} ({counts or 'nothing was to be looked at'})"
    return one_line(f"{head}, looked at {at:%H:%M:%S} UTC, {seconds:.1f} s")


def _shown(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in worst_first(findings) if finding.status is not Status.SKIPPED]


def _print(lines: Iterable[str]) -> None:
    """At once, also into a pipe."""
    for line in lines:
        print(line)
    sys.stdout.flush()
