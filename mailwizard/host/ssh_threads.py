"""Where paramiko's blocking calls wait: threads of their own, for the event loop's are few, and a program that was told
to stop would wait for those."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar

_T = TypeVar("_T")


class _Patient(threading.Thread):
    """A thread that is there to wait."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(target=work, name="ssh", daemon=True)


async def blocking(work: Callable[[], _T]) -> _T:
    """What `work` returns or raises, in a thread. Cancelled, it goes on there and its result is lost."""
    future: Future[_T] = Future()
    _Patient(partial(_carried_out, work, future)).start()
    return await asyncio.wrap_future(future)


def aside(work: Callable[[], object]) -> None:
    """Starts `work` and waits for nothing: that the connection is gone meanwhile is no error."""
    from paramiko import SSHException

    def alone() -> None:
        with suppress(SSHException, OSError, EOFError):
            work()

    _Patient(alone).start()


def may_wait() -> bool:
    """True in the threads made here; the event loop must not wait, and neither must paramiko's own thread."""
    return isinstance(threading.current_thread(), _Patient)


def _carried_out(work: Callable[[], _T], future: Future[_T]) -> None:
    if not future.set_running_or_notify_cancel():  # from here on it cannot be cancelled any more
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - not swallowed: raised in whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
