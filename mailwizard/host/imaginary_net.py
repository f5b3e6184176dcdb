"""Connections of an imaginary machine."""

from __future__ import annotations

from collections.abc import Callable

from mailwizard.errors import HostError, Unreachable

# bytes: said at once, then the end. A callable: asked with b"" for the greeting, then with each piece that is written;
# what it returns is said, None ends the connection
Connection = bytes | Callable[[bytes], bytes | None] | HostError


class ImaginaryStream:
    """The other side of a scripted connection; `sent` is everything written to it."""

    def __init__(self, script: bytes | Callable[[bytes], bytes | None]) -> None:
        self.sent = b""
        self.closed = False
        self._answer = None if isinstance(script, bytes) else script
        self._ended = isinstance(script, bytes)
        self._waiting = script if isinstance(script, bytes) else b""
        self._hear(b"")

    async def read(self) -> bytes:
        """What is waiting; empty at the end. Raises Unreachable when nothing more is said (a real one times out)."""
        said, self._waiting = self._waiting, b""
        if not said and not self._ended:
            raise Unreachable("The other side says nothing more.")
        return said

    async def write(self, data: bytes) -> None:
        """Hands `data` to the script. Raises Unreachable after the end of a script that listens."""
        if self._answer is not None and self._ended:
            raise Unreachable("The other side closed the connection.")
        self.sent += data
        self._hear(data)

    async def close(self) -> None:
        """Ends it."""
        self.closed = True

    def _hear(self, data: bytes) -> None:
        if self._answer is None:
            return
        said = self._answer(data)
        if said is None:
            self._ended = True
        else:
            self._waiting += said
