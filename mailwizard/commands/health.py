"""`mailwizard health` without screens: plain text or JSON. Never writes."""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime, timezone

from mailwizard.finding import Finding, Status
from mailwizard.health import Health, about
from mailwizard.plain import finding_lines, worst_first
from mailwizard.running import wait_for
from mailwizard.sitting import sitting
from mailwizard.text import one_line


def run(args: argparse.Namespace) -> int:
    """0 ok, 1 warning, 2 failed, 3 cannot tell."""
    return wait_for(lambda: _health(args))


async def _health(args: argparse.Namespace) -> int:
    began = time.monotonic()
    async with sitting(args) as now:
        found = await now.engine.look(now.answers)
        findings = about((finding for step in found.values() for finding in step), args.domain)
        health = Health(
            now.answers.server.hostname,
            datetime.now(timezone.utc),
            time.monotonic() - began,
            tuple(findings),
        )
    print(json.dumps(health.as_json(), indent=1) if args.json else _text(health))
    return health.exit_code


def _text(health: Health) -> str:
    head = one_line(f"{health.server}: {health.status.value}, looked at {health.checked_at:%H:%M:%S} UTC")
    shown = [f for f in worst_first(health.findings) if f.status is not Status.SKIPPED]
    return "\n".join([f"{head}, {health.seconds:.1f} s", *_lines(shown)])


def _lines(findings: list[Finding]) -> list[str]:
    return [line for finding in findings for line in finding_lines(finding)]
