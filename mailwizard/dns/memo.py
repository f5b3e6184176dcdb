"""Equal questions asked once: shared while they are in flight, remembered for a short time after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
ENTRIES = 4096  # the oldest go first, so that memory does not grow with the number of domains


class Memo(Generic[T]):
    """Results by key. `keep` says for how many seconds a result may be used again (0: not at all)."""

    def __init__(self, keep: Callable[[T], float]) -> None:
        self._keep = keep
        self._known: dict[Hashable, tuple[float, T]] = {}
        self._running: dict[Hashable, asyncio.Task[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()

    async def get(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The remembered result, the one in flight, or a new one. Somebody who gives up does not disturb the others."""
        known = self._known.get(key)
        if known and known[0] > time.monotonic():
            return known[1]
        task = self._running.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(make())
            self._running[key] = task
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    def _done(self, key: Hashable, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        if self._running.get(key) is not task:
            return  # forgotten meanwhile
        del self._running[key]
        if task.cancelled() or task.exception():
            return
        seconds = self._keep(task.result())
        if seconds > 0:
            self._known.pop(key, None)
            self._known[key] = (time.monotonic() + seconds, task.result())
            while len(self._known) > ENTRIES:
                del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Remembers nothing any more; what is in flight still answers those who wait for it, nobody else."""
        self._known.clear()
        self._running.clear()

    async def close(self) -> None:
        """Ends what is in flight."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def first(makes: Sequence[Callable[[], Awaitable[T]]], good: Callable[[T], bool], stagger: float) -> list[T]:
    """Results in the order they came, up to the first good one (last). Each is started when the one before it was
    no good or took longer than `stagger` seconds. The rest is cancelled.
    """
    results: list[T] = []
    running: set[asyncio.Future[T]] = set()
    left = list(makes)
    try:
        while left or running:
            if left:
                running.add(asyncio.ensure_future(left.pop(0)()))
            done, running = await asyncio.wait(
                running, timeout=stagger if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            results += sorted((task.result() for task in done), key=good)
            if results and good(results[-1]):
                break
    finally:
        for task in running:
            task.cancel()
    return results
