"""`mailwizard apply`: the set-up without the wizard. Idempotent, and asks nothing."""

from __future__ import annotations

import argparse

from mailwizard import streams
from mailwizard.engine import Result, until_done
from mailwizard.errors import HostError
from mailwizard.events import Event
from mailwizard.plain import event_line, finding_lines, waiting_lines
from mailwizard.running import wait_for
from mailwizard.sitting import Sitting, sitting
from mailwizard.text import listed, one_line


def run(args: argparse.Namespace) -> int:
    """0 all is done and verified, 3 something waits, 1 something failed."""
    return wait_for(lambda: _apply(args))


async def _apply(args: argparse.Namespace) -> int:
    async with sitting(args, listen=tell) as now, now.changing():
        try:
            result = await until_done(lambda: now.engine.apply(now.answers, args.step), args.wait, now.dns.forget)
        finally:
            _show_passwords(now)
    show(now, result)
    return result.exit_code


def tell(event: Event) -> None:
    """Prints an event on stderr."""
    if line := event_line(event):
        streams.tell(line)


def _show_passwords(now: Sitting) -> None:
    """New senders' generated passwords: shown once, kept nowhere. Raises HostError when they cannot be shown."""
    made = now.services.senders.generated
    try:
        for address, password in made.items():
            print(f"{address}:{password.reveal()}", flush=True)
    except OSError as error:
        streams.result_is_lost(error)
        raise HostError(
            f"The password made for {listed(list(made))} could not be shown, and is kept nowhere. Set a new one with "
            "`mailwizard sender add`."
        ) from None


def show(now: Sitting, result: Result) -> None:
    """Prints what an `apply` came to."""
    for step, findings in result.blocked.items():
        needs = "; ".join(dict.fromkeys(finding.title for finding in findings))
        streams.tell(one_line(f"{step}: not done, for this does not hold yet: {needs}"))
    for planned, error in result.failures:
        streams.tell(one_line(f"failed: {planned.step}: {planned.change.title}: {now.as_typed(str(error))}"))
    for finding in result.failed:
        streams.tell("\n".join(finding_lines(finding)))
    for line in waiting_lines(result.waiting):
        streams.tell(line)
    print(f"{len(result.made)} changes made. {now.as_typed(_ending(result))}")


def _ending(result: Result) -> str:
    ends = {
        0: "All is done and verified.",
        1: "Something failed: see above, and `mailwizard health`.",
        3: "What waits is named above; apply again when it is done.",
    }
    return ends[result.exit_code]
