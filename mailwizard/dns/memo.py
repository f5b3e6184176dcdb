"""Equal questions asked once: shared while they are in flight, remembered for a short time after."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
ENTRIES = 4096  # the oldest go first, so that memory does not grow with the number of domains


class Memo(Generic[T]):
    """Results by key. `keep` says for how many seconds a result may be used again (0: not at all)."""

    def __init__(self, keep: Callable[[T], float]) -> None:
        self._keep = keep
        self._known: dict[Hashable, tuple[float, T]] = {}
        self._running: dict[Hashable, asyncio.Future[T]] = {}

    def known(self, key: Hashable) -> T | None:
        """The remembered result."""
        found = self._known.get(key)
        return found[1] if found and found[0] > time.monotonic() else None

    async def shared(self, key: Hashable) -> T | None:
        """The remembered result, or the one that somebody waits for already; None when nobody asked."""
        known, running = self.known(key), self._running.get(key)
        if known is None and running is not None:
            with contextlib.suppress(_GivenUp):
                return await asyncio.shield(running)
        return known

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The remembered result, the one that somebody waits for already, or a new one.

        Whoever comes first makes it; when that one is cancelled, the next one in line makes it afresh.
        """
        while True:
            known = self.known(key)
            if known is not None:
                return known
            running = self._running.get(key)
            if running is None:
                return await self._make(key, make)
            with contextlib.suppress(_GivenUp):
                return await asyncio.shield(running)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        shared: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._running[key] = shared
        try:
            result = await make()
            shared.set_result(result)
        finally:
            remembered = self._running.get(key) is shared  # not forgotten meanwhile
            if remembered:
                del self._running[key]
            if not shared.done():
                shared.set_exception(_GivenUp())
                shared.exception()  # looked at: perhaps nobody waits
        if remembered:
            self._remember(key, result)
        return result

    def _remember(self, key: Hashable, result: T) -> None:
        seconds = self._keep(result)
        if seconds > 0:
            self._known.pop(key, None)
            self._known[key] = (time.monotonic() + seconds, result)
            if len(self._known) > ENTRIES:
                del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Remembers nothing any more; what is in flight still answers those who wait for it, nobody else."""
        self._known.clear()
        self._running.clear()


class _GivenUp(Exception):
    """The one who asked was cancelled."""


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
