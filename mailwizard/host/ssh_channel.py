"""One channel of an SSH connection, for asyncio: paramiko's own calls would block everything else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from mailwizard.errors import Unreachable
from mailwizard.host.ssh_threads import aside, blocking
from mailwizard.host.ssh_turn import take_turns

if TYPE_CHECKING:
    from paramiko import Channel

CHUNK = 65536
DYING = 0.3  # seconds until a connection that breaks says so
_FULL = 0.02  # seconds until it is tried again to send, when the other side takes nothing for now


class Wake(threading.Event):
    """Set by paramiko's thread when something came; passed on to the event loop."""

    def __init__(self, stirred: asyncio.Event) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._stirred = stirred

    def set(self) -> None:
        """Something came, or the channel was closed."""
        super().set()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stirred.set)


class SshChannel:
    """Bytes in and out. `name` begins the sentences of its errors; `broke` is called when it breaks."""

    def __init__(self, channel: Channel, name: str, broke: Callable[[], None]) -> None:
        self._channel = channel
        self._name = name
        self._broke = broke
        self._stirred = asyncio.Event()
        take_turns(channel)
        channel.setblocking(False)
        # one for each: paramiko reads from the first whether the exit code has come
        channel.status_event = Wake(self._stirred)
        channel.in_buffer.set_event(Wake(self._stirred))
        channel.in_stderr_buffer.set_event(Wake(self._stirred))

    async def stir(self) -> None:
        """Returns when something came: output, its end, an exit code, the loss of the connection."""
        await self._stirred.wait()
        self._stirred.clear()

    async def round_trip(self) -> None:
        """Returns when the machine has answered, so that all it said before has come, or when the connection is gone.

        It is how a network that stands for a while is told from a machine with nothing to say.
        """
        from paramiko import SSHException

        transport = self._channel.get_transport()
        with suppress(SSHException, OSError, EOFError):
            await blocking(partial(transport.global_request, "keepalive@openssh.com", None, True))

    def take(self) -> tuple[bytes, bytes]:
        """What has come on standard output and standard error since it was last asked; empty when nothing has."""
        out, err = b"", b""
        while self._channel.recv_ready():
            out += self._channel.recv(CHUNK)
        while self._channel.recv_stderr_ready():
            err += self._channel.recv_stderr(CHUNK)
        return out, err

    @property
    def is_silent(self) -> bool:
        """True when nothing more will come."""
        done = self._channel.eof_received or self._channel.closed
        return bool(done) and not (self._channel.recv_ready() or self._channel.recv_stderr_ready())

    @property
    def has_ended(self) -> bool:
        """True when the program at the other end has ended, or the channel is closed."""
        return self._channel.exit_status_ready()

    @property
    def code(self) -> int | None:
        """The program's exit code; None when none was sent: the connection was lost, or a signal ended it."""
        return self._channel.exit_status if self._channel.exit_status >= 0 else None

    async def settle(self) -> None:
        """Returns when an end without an exit code is known to be the program's (a signal) or the connection's."""
        if self._channel.closed and self.code is None and self.is_carried:
            # paramiko closes the channels first, and then says that the connection is gone
            await blocking(partial(self._channel.get_transport().join, DYING))

    @property
    def is_carried(self) -> bool:
        """False when the connection below is known to be lost."""
        transport = self._channel.get_transport()
        return transport is not None and transport.is_active()

    @property
    def is_lost(self) -> bool:
        """True when the connection below is gone."""
        # paramiko closes the channels first, and then says that it is gone; a server says the end before it closes one
        torn = self._channel.closed and not self._channel.eof_received and self.code is None
        return torn or not self.is_carried

    async def read(self) -> bytes:
        """Some bytes, at least one; empty at the end. Raises Unreachable when the connection breaks."""
        while True:
            out, _ = self.take()
            if out:
                return out
            if self.is_silent:
                if self.is_lost:
                    raise self.broken()
                return b""
            await self.stir()

    async def write(self, data: bytes) -> None:
        """Sends all of `data`. Raises Unreachable when the other side takes no more."""
        from paramiko import SSHException

        left = memoryview(data)
        while left:
            piece = bytes(left[:CHUNK])
            try:
                # in a thread: it waits for as long as the network takes nothing
                sent = await blocking(partial(self._channel.send, piece))
            except TimeoutError:
                await asyncio.sleep(_FULL)
                continue
            except (SSHException, OSError, EOFError):
                raise self.broken() from None
            if not sent:
                raise self.broken()
            left = left[sent:]

    async def end_input(self) -> None:
        """The other side sees the end of what is written."""
        from paramiko import SSHException

        with suppress(SSHException, OSError, EOFError):  # the connection is gone: whoever reads is told
            await blocking(self._channel.shutdown_write)

    def shut(self) -> None:
        """Closes the channel, without waiting for it; nothing is said when the connection is gone."""
        aside(self._channel.close)

    async def close(self) -> None:
        """Ends the channel. Never raises."""
        self.shut()

    def broken(self) -> Unreachable:
        """The error of a connection that broke."""
        self._broke()
        return Unreachable(f"{self._name}: the connection was lost.")
