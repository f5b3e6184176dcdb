"""One connection to a machine: kept alive, watched, and made again when it was lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from mailwizard.errors import Unreachable
from mailwizard.host.protocol import Log
from mailwizard.host.ssh_channel import DYING, SshChannel
from mailwizard.host.ssh_dialing import NotTrusted, dialled
from mailwizard.host.ssh_login import Login
from mailwizard.host.ssh_place import Place
from mailwizard.host.ssh_pulse import feel
from mailwizard.host.ssh_threads import blocking

if TYPE_CHECKING:
    from paramiko import Transport

_T = TypeVar("_T")
PATIENCE = 60.0  # seconds that a lost machine is called again
_PAUSE = 2.0  # seconds between two calls
_OPENING = 30.0  # seconds for a channel
_TRIES, _TRY_AGAIN = 20, 0.25  # seconds; a session refused is asked for again
SESSIONS = 7  # at a time; OpenSSH allows ten (MaxSessions), and the lock and a kill need one each


class Refused(Unreachable):
    """The machine does not open this channel; why is not said."""


class Connection:
    """Hands out channels. A lost connection raises Unreachable in whoever uses it; `ready` makes it anew."""

    def __init__(self, place: Place, login: Login, log: Log) -> None:
        self.place = place
        self._login = login
        self._log = log
        self._transport: Transport | None = None
        self._closed = self._doubted = False
        self._joining = asyncio.Lock()
        self.sessions = asyncio.Semaphore(SESSIONS)

    @property
    def is_up(self) -> bool:
        """True as long as nothing else is known."""
        return self._transport is not None and self._transport.is_active()

    @property
    def peer(self) -> str:
        """The machine's IP address; empty when the connection goes through a program. Raises Unreachable."""
        if self.place.proxy:
            return ""
        try:
            return str(self._standing().getpeername()[0])
        except OSError:
            raise self._lost() from None

    async def open(self) -> None:
        """Connects and logs in. Raises Unreachable."""
        transport = await blocking(lambda: dialled(self.place))
        try:
            await self._login.log_in(transport)
        except BaseException:
            await self._hang_up(transport)
            raise
        self._transport = transport
        feel(transport, lambda: self._log.write(f"{self.place.label} is silent"))
        self._log.tell(f"connected to {self.place.label}")

    async def ready(self) -> bool:
        """Returns when the connection stands; True when it had to be made again.

        Raises Unreachable when the machine does not come back within a minute, NotTrusted when another one came.
        """
        async with self._joining:
            if self._doubted:
                await self._dying()
            if self.is_up:
                return False
            if self._closed:
                raise Unreachable(f"The connection to {self.place.label} was ended.")
            self._log.tell(f"the connection to {self.place.label} was lost; connecting again")
            end = time.monotonic() + PATIENCE
            while True:
                await self._drop()
                try:
                    await self.open()
                    return True
                except NotTrusted:
                    raise  # it will not be another machine in a minute
                except Unreachable as error:
                    if time.monotonic() > end:
                        raise Unreachable(f"The connection to {self.place.label} was lost: {error}") from None
                await asyncio.sleep(_PAUSE)

    async def session(self, command: str, *, terminal: bool = False) -> SshChannel:
        """A command started by the user's login shell, on a terminal if so wished. Raises Unreachable."""
        from paramiko import Channel

        def start() -> Channel:
            channel = self._standing().open_session(timeout=_OPENING)
            if terminal:
                channel.get_pty("dumb", 200, 24)
            return channel

        channel = await self._allowed(start)
        wrapped = SshChannel(channel, self.place.label, self.doubt)
        try:
            await self._made(lambda: channel.exec_command(command))
        except BaseException:
            wrapped.shut()
            raise
        return wrapped

    async def tcp(self, address: str, port: int, timeout: float) -> SshChannel:
        """A TCP connection that the machine makes (RFC 4254 section 7.2).

        Raises Refused when the machine cannot or may not, Unreachable when itself is lost.
        """
        from paramiko import Channel

        def start() -> Channel:
            return self._standing().open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=timeout)

        return SshChannel(await self._made(start), f"{address} port {port}", self.doubt)

    async def close(self) -> None:
        """Hangs up. Never raises."""
        self._closed = True
        await self._drop()

    def doubt(self) -> None:
        """A channel broke: before the connection is used again it is looked at whether it breaks as well."""
        self._doubted = True

    async def _dying(self) -> None:
        """Gives a connection that breaks the time to say so: paramiko closes its channels first."""
        self._doubted, transport = False, self._transport
        if transport is not None:
            await blocking(lambda: transport.join(DYING))

    def _standing(self) -> Transport:
        if self._transport is None:
            raise self._lost()
        return self._transport

    def _lost(self) -> Unreachable:
        return Unreachable(f"{self.place.label}: the connection was lost.")

    async def _allowed(self, work: Callable[[], _T]) -> _T:
        """A session may be refused because one that has just ended still counts."""
        for _ in range(_TRIES):
            with suppress(Refused):
                return await self._made(work)
            await asyncio.sleep(_TRY_AGAIN)
        raise Unreachable(
            f"{self.place.label} allows too few sessions on one connection. Set MaxSessions to 10 in its sshd_config."
        )

    async def _made(self, work: Callable[[], _T]) -> _T:
        from paramiko import ChannelException, SSHException

        try:
            return await blocking(work)
        except (SSHException, EOFError, OSError) as error:
            if not isinstance(error, ChannelException):  # that one is the machine's own answer
                await self._dying()
            if not self.is_up:
                raise self._lost() from None
            # of two refusals at the same time paramiko tells only one its reason
            if isinstance(error, ChannelException) or "Unable to open" in str(error):
                raise Refused(f"{self.place.label} refused a channel.") from None
            raise Unreachable(f"{self.place.label} did not answer in time. Try again.") from None

    async def _drop(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await self._hang_up(transport)

    async def _hang_up(self, transport: Transport) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(blocking(transport.close), 3)
