"""Where paramiko's blocking calls wait: threads of their own, for the event loop's are few."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


class Threads:
    """Runs blocking calls beside the event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(48, "ssh")

    async def do(self, work: Callable[[], _T]) -> _T:
        """What `work` returns or raises. Cancelled, it goes on in its thread and its result is lost."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def end(self) -> None:
        """No more calls; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
