"""`mailwizard plan`: what would change, and what waits. Changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import json

from mailwizard.engine import StepChange
from mailwizard.finding import Finding
from mailwizard.plain import change_line, waiting_lines
from mailwizard.running import wait_for
from mailwizard.sitting import Sitting, sitting
from mailwizard.text import printable


def run(args: argparse.Namespace) -> int:
    """0 when nothing is to do, 3 when something is."""
    return wait_for(lambda: _plan(args))


async def _plan(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        changes, found = await asyncio.gather(
            now.engine.plan(now.answers, args.step), now.engine.look(now.answers, args.step)
        )
        waiting = [finding for findings in found.values() for finding in findings if finding.waits]
        if args.json:
            print(json.dumps(await _document(now, changes, waiting), indent=1))
        else:
            await _show(now, changes, waiting)
    return 3 if changes or waiting else 0


async def _document(now: Sitting, changes: list[StepChange], waiting: list[Finding]) -> dict[str, object]:
    return {
        "schema": 1,
        "changes": [await _as_json(now, planned) for planned in changes],
        "waiting": [finding.as_json() for finding in waiting],
    }


async def _as_json(now: Sitting, planned: StepChange) -> dict[str, object]:
    change = planned.change
    return {
        "step": planned.step,
        "kind": change.kind,
        "title": change.title,
        "detail": change.detail,
        "diff": await change.diff(now.host),
    }


async def _show(now: Sitting, changes: list[StepChange], waiting: list[Finding]) -> None:
    for planned in changes:
        print(change_line(planned.step, planned.change))
        for line in (await planned.change.diff(now.host)).splitlines():
            print(f"    {printable(line)}")
    for line in waiting_lines(waiting):
        print(line)
    if not changes and not waiting:
        print("Nothing to do: everything is as the answers say.")
