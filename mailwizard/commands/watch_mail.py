"""`mailwizard watch-mail [ADDRESS...]`: mail from outside, seen arriving and being passed on, as it happens."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing
from functools import partial

from mailwizard import streams
from mailwizard.errors import UsageError
from mailwizard.programs.arriving import Arriving, addresses_given, arriving, invitation
from mailwizard.programs.watch import beginning, confirmed_name, watch
from mailwizard.running import wait_for
from mailwizard.sitting import Sitting, sitting
from mailwizard.text import listed, one_line


def run(args: argparse.Namespace) -> int:
    """0 when a mail arrived and was handed over for each address, 3 when one still waits at the end."""
    return wait_for(lambda: _watch_mail(args))


async def _watch_mail(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        wanted = addresses_given(args.address, now.answers)
        if not wanted:
            raise UsageError(f"This server receives for no domain of {now.answers.path}: `receive = true` is in none.")
        since = await beginning(now.host)
        told = await arriving(now.host, now.answers, wanted)
        _print(invitation(wanted))
        try:
            await asyncio.wait_for(_follow(now, told, since), args.wait)
        except (asyncio.TimeoutError, asyncio.CancelledError):  # the time is over, or Ctrl+C: its usual end
            streams.tell(one_line(f"mailwizard: No mail to {listed(told.waiting)} was handed over yet."))
    return 3 if told.waiting else 0


async def _follow(now: Sitting, told: Arriving, since: str) -> None:
    """Prints what happens until nothing is waited for any more."""
    named = partial(confirmed_name, now.dns.resolve)
    async with aclosing(watch(now.host, told, since, named)) as sentences:
        async for one in sentences:
            _print(f"{one.at.astimezone():%H:%M:%S} {one.text}")
            if not told.waiting:
                return


def _print(line: str) -> None:
    print(one_line(line), flush=True)
