"""A command carried to its exit code: signals, errors for the user, and reports of our own faults."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from mailwizard import streams
from mailwizard.errors import MailwizardError, Stopped
from mailwizard.text import one_line

_SETTLING = 15.0  # seconds
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(command: Callable[[], int], *, fault: int = 1) -> int:
    """The exit code of `command`; an error for the user is one sentence on stderr, and its code `fault` unless it has
    one of its own (wrong usage, another mailwizard runs)."""
    collect_seldom()
    try:
        code = command()
        sys.stdout.flush()
        return code
    except MailwizardError as error:
        _tell(str(error))
        return fault if error.exit_code == MailwizardError.exit_code else error.exit_code
    except KeyboardInterrupt:
        _tell("Stopped.")
        return 130
    except Exception as error:  # noqa: BLE001 - our own fault: told in a report without locals, not hidden
        _unexpected(error)
        return fault


def collect_seldom() -> None:
    """Lets Python look for circles among its objects less often: while modules are loaded, and with many domains, that
    takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _unexpected(error: Exception) -> None:
    """Tells that the result could not be printed; all else is a fault of our own, and is reported."""
    if not (isinstance(error, OSError) and streams.result_is_lost(error)):
        from mailwizard.crash import report

        _tell(report(error))


def _tell(sentence: str) -> None:
    streams.tell(one_line(f"mailwizard: {sentence}"))


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
            _tell("Stopping. What is in hand is finished first.")
            task.cancel()
        got.append(number)

    for number in _STOPPING:
        if signal.getsignal(number) is signal.SIG_IGN:
            continue  # so started: by nohup(1), or behind `&` in a script
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not got:
            raise
        raise Stopped from None
    finally:
        await _settled()


async def _settled() -> None:
    """Lets what still runs beside a step that failed come to its end: a program that is cancelled by the loop's own
    closing while it starts hangs for good, since the loop cancels its pipes as well."""
    running = asyncio.all_tasks() - {asyncio.current_task()}
    if running:
        await asyncio.wait(running, timeout=_SETTLING)
