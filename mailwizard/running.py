"""A command carried to its exit code: signals, errors for the user, and reports of our own faults."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from mailwizard.errors import MailwizardError
from mailwizard.text import printable

_SETTLING = 15.0  # seconds
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(MailwizardError):
    """The user, the terminal or the system ended the program."""


def run(command: Callable[[], int]) -> int:
    """The exit code of `command`; an error for the user is one sentence on stderr."""
    try:
        code = command()
        sys.stdout.flush()
        return code
    except MailwizardError as error:
        _tell(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _tell("Stopped.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains once more at its end
        return 1
    except Exception as error:  # noqa: BLE001 - our own fault: told in a report without locals, not hidden
        from mailwizard.crash import report

        _tell(report(error))
        return 1


def _tell(sentence: str) -> None:
    try:
        print(f"mailwizard: {printable(sentence)}", file=sys.stderr)
    except OSError:
        return  # nobody is listening any more


def wait_for(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Runs `work` to its end. SIGINT, SIGTERM and SIGHUP cancel it, once: what is in hand is finished.

    Raises Stopped when a signal ended it.
    """
    return asyncio.run(_stoppable(work))


async def _stoppable(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    loop = asyncio.get_running_loop()
    got: list[signal.Signals] = []
    task = asyncio.ensure_future(work())

    def stop(number: signal.Signals) -> None:
        if not got:
            task.cancel()
        got.append(number)

    for number in _STOPPING:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not got:
            raise
        raise Stopped("Stopped. What was in hand is finished; start again to go on from here.") from None
    finally:
        await _settled()


async def _settled() -> None:
    """Lets what still runs beside a step that failed come to its end: a program that is cancelled by the loop's own
    closing while it starts hangs for good, since the loop cancels its pipes as well."""
    running = asyncio.all_tasks() - {asyncio.current_task()}
    if running:
        await asyncio.wait(running, timeout=_SETTLING)
