"""Another machine, over one SSH connection: everything that `local` does on this one (`--host USER@HOST`)."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import FileStat, Log, Ran, Report, Stream
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.ssh_connection import Connection
from mailwizard.host.ssh_files import Files
from mailwizard.host.ssh_lock import HeldLock
from mailwizard.host.ssh_login import Login
from mailwizard.host.ssh_place import Place, place
from mailwizard.host.ssh_running import Runner
from mailwizard.host.ssh_shell import Rights
from mailwizard.host.ssh_sudo import rights_on
from mailwizard.host.ssh_web import Web
from mailwizard.log import CommandLog, Output
from mailwizard.secret import Secret


async def connect(where: str, log: CommandLog) -> SshHost:
    """The machine that `where` ("USER@HOST[:PORT]") names, logged in. Asks on the terminal what it must, once.

    Raises UsageError for a wrong `where`, Unreachable when the machine is not there, is not the one whose key was
    accepted, or does not let the user in.
    """
    there, asker = place(where), Asker()
    login = Login(there, asker)
    connection = Connection(there, login, log)
    try:
        await connection.open()
        rights = await rights_on(connection, asker, login.password_question)
    except BaseException:
        await connection.close()
        raise
    asker.stop()
    if rights.password is not None:
        log.hide(rights.password)
    return SshHost(Runner(connection, rights), log)


class SshHost:
    """A machine over SSH. A use that the loss of the connection interrupts raises Unreachable, the next connects again.

    What was started there goes on: it has a session of its own, and its output is let go of when nobody reads it.
    """

    def __init__(self, runner: Runner, log: CommandLog) -> None:
        self._runner = runner
        self.connection = runner.connection
        self._files = Files(runner)
        self._locks: dict[str, HeldLock] = {}
        self._web = Web(self)
        self._log = log
        self.log: Log = log

    @property
    def place(self) -> Place:
        """How it is reached."""
        return self.connection.place

    def become(self, rights: Rights) -> None:
        """From now on everything is done with these rights."""
        self._runner.rights = rights

    @property
    def is_up(self) -> bool:
        """False when the connection is known to be lost; the next use makes it again."""
        return self.connection.is_up

    @property
    def label(self) -> str:
        """ "root@198.51.100.7"."""
        return self.place.label

    @property
    def option(self) -> str:
        """ "--host root@198.51.100.7"."""
        return f"--host {shlex.quote(self.place.where)}"

    @property
    def is_root(self) -> bool:
        """True when the user is root there, or may become it with sudo."""
        return self._runner.rights.is_root

    @property
    def way_to_root(self) -> str:
        """ "log in as root, or ..."."""
        return self._runner.rights.way_to_root

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        """Runs a command; see the protocol. Cancelled, it kills the command and all that it started.

        `err` and what goes to `report` have hidden secrets masked; `out` is as it came, since it is read by programs.
        """
        for value in (env or {}).values():
            if isinstance(value, Secret):
                self._log.hide(value)
        added = {name: v.reveal() if isinstance(v, Secret) else v for name, v in (env or {}).items()}

        await self._ready()
        output = Output(self._log, argv, report)
        try:
            ran = await self._runner.program(argv, stdin=stdin, env=added, timeout=timeout, on_line=output.line)
        except CommandFailed as error:
            output.end(error)
            raise
        output.end(ran.code)
        return replace(ran, err=self._log.masked(ran.err))

    async def type_in(self, argv: Sequence[str], answers: Sequence[tuple[str, Secret]], *, timeout: float = 60) -> Ran:
        """Runs a command on a terminal and types; see the protocol. What it prints is never logged."""
        from mailwizard.host.ssh_terminal import type_answers

        for _, secret in answers:
            self._log.hide(secret)
        await self._ready()
        self._log.write(f"$ {shlex.join(argv)}  (on a terminal)")
        ran = await type_answers(self._runner, argv, answers, timeout)
        self._log.write(f"= {ran.code}")
        return ran

    async def read(self, path: str) -> bytes:
        """The file's content. Raises FileMissing or FileUnreadable."""
        await self._ready()
        return await self._files.read(path)

    async def stat(self, path: str) -> FileStat | None:
        """What lies at `path`, links not followed; None when nothing does. Raises FileUnreadable."""
        await self._ready()
        return await self._files.stat(path)

    async def list(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises FileMissing or FileUnreadable."""
        await self._ready()
        return await self._files.names(path)

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Places a file whole; see the protocol. Not root: owner and group are the user's."""
        await self._ready()
        await self._files.write(path, content, mode, owner, group)
        self._log.write(f"wrote {path} ({mode:04o} {owner}:{group}, {len(content)} bytes)")

    async def make_dir(self, path: str, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Makes a folder; see the protocol. Not root: owner and group are the user's."""
        await self._ready()
        await self._files.make_dir(path, mode, owner, group)
        self._log.write(f"made {path} ({mode:04o} {owner}:{group})")

    async def remove(self, path: str) -> None:
        """Removes a file or link; nothing there is no error."""
        await self._ready()
        await self._files.remove(path)
        self._log.write(f"removed {path}")

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """A TCP connection from the machine. `source` needs python3 there, else it is the machine's choice.

        Raises Unreachable with the reason.
        """
        from mailwizard.host.ssh_net import dial

        await self._ready()
        return await dial(self._runner, address, port, source, timeout)

    async def address_from_here(self) -> str:
        """The machine's IP address as this computer reaches it; empty when it does so through a program (ProxyJump).

        Raises Unreachable.
        """
        await self._ready()
        return self.connection.peer

    async def dial_from_here(self, name: str, port: int, *, timeout: float = 10) -> Stream:
        """A TCP connection from this computer, which may so see the machine from outside.

        Raises Unreachable with the reason.
        """
        from mailwizard.host.net import dial_name

        return await dial_name(name, port, timeout=timeout)

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        """HTTP GET from the machine: status and body, 64 KiB at most, no redirects. Raises Unreachable."""
        return await self._web.fetch(url, family, ca_bundle, timeout)

    async def lock(self, path: str) -> Callable[[], Awaitable[None]]:
        """Takes a lock of the machine; what comes back lets go of it. Raises BusyError or FileUnreadable.

        When the connection is made again the lock is taken again before anything else.
        """
        await self._ready()
        held = HeldLock(self._runner, path)
        await held.take()
        self._locks[path] = held

        async def let_go() -> None:
            self._locks.pop(path, None)
            await held.let_go()

        return let_go

    async def close(self) -> None:
        """Lets go of what is held and hangs up."""
        for held in list(self._locks.values()):
            await held.let_go()
        await self.connection.close()
        self._log.close()

    async def _ready(self) -> None:
        """The connection stands, and what was locked is locked. Raises Unreachable, BusyError."""
        await self.connection.ready()
        if not all(held.is_held for held in self._locks.values()):  # let go of, or the first to notice a loss
            self.connection.doubt()
            await self.connection.ready()
        for held in list(self._locks.values()):
            await held.ensure()
