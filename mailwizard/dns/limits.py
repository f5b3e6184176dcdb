"""How many questions may be in flight: in all, and to one address. The others wait, each server in its turn."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

IN_FLIGHT = 128  # in all
PER_ADDRESS = 64  # to one address


class Limits:
    """Lets questions go. Everything happens in the event loop's thread."""

    def __init__(self) -> None:
        self._flying = 0
        self._load: defaultdict[str, int] = defaultdict(int)
        self._held: dict[str, deque[Callable[[], None]]] = {}

    def enter(self, server: str, go: Callable[[], None]) -> None:
        """Calls `go` now or when there is room; whoever has gone calls `leave` once, when done."""
        if self._flying < IN_FLIGHT and self._load[server] < PER_ADDRESS:
            self._go(server, go)
        else:
            self._held.setdefault(server, deque()).append(go)

    def leave(self, server: str) -> None:
        """One question to `server` is over."""
        self._flying -= 1
        self._load[server] -= 1
        if not self._load[server]:
            del self._load[server]
        while self._flying < IN_FLIGHT and self._next():
            pass

    def _go(self, server: str, go: Callable[[], None]) -> None:
        self._flying += 1
        self._load[server] += 1
        go()

    def _next(self) -> bool:
        """Lets one go of the server that waited longest for its turn and has room; False when there is none."""
        for server, waiting in self._held.items():
            if self._load.get(server, 0) < PER_ADDRESS:
                del self._held[server]
                go = waiting.popleft()
                if waiting:
                    self._held[server] = waiting  # at the end: the others come first
                self._go(server, go)
                return True
        return False
