"""Where paramiko's blocking calls wait: threads of their own, for the event loop's are few, and a program that was told
to stop would wait for those."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


async def blocking(work: Callable[[], _T]) -> _T:
    """What `work` returns or raises, in a thread. Cancelled, it goes on there and its result is lost."""
    future: Future[_T] = Future()
    threading.Thread(target=_carried_out, args=(work, future), name="ssh", daemon=True).start()
    return await asyncio.wrap_future(future)


def aside(work: Callable[[], object]) -> None:
    """Starts `work` and waits for nothing: that the connection is gone meanwhile is no error."""

    def alone() -> None:
        with suppress(OSError, EOFError):
            work()

    threading.Thread(target=alone, name="ssh", daemon=True).start()


def _carried_out(work: Callable[[], _T], future: Future[_T]) -> None:
    if not future.set_running_or_notify_cancel():  # from here on it cannot be cancelled any more
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - not swallowed: raised in whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
