"""This machine."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from mailwizard.errors import CommandFailed
from mailwizard.host import disk, flock
from mailwizard.host.processes import run_program
from mailwizard.host.protocol import FileStat, Log, Ran, Report, Stream
from mailwizard.log import CommandLog, Output
from mailwizard.secret import Secret


class LocalHost:
    """The machine that mailwizard runs on. Not root: looking works, and what is written belongs to this user."""

    label = "this server"
    option = ""
    way_to_root = "start it with sudo"

    def __init__(self, log: CommandLog) -> None:
        self._log = log
        self.log: Log = log

    @property
    def is_root(self) -> bool:
        """True when this process may change files and services."""
        return os.geteuid() == 0

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
        added = self._revealed(env or {})
        output = Output(self._log, argv, report)
        try:
            ran = await run_program(argv, stdin=stdin, env=added, timeout=timeout, on_line=output.line)
        except CommandFailed as error:
            output.end(error)
            raise
        output.end(ran.code)
        return replace(ran, err=self._log.masked(ran.err))

    def _revealed(self, env: Mapping[str, str | Secret]) -> dict[str, str]:
        for value in env.values():
            if isinstance(value, Secret):
                self._log.hide(value)
        return {name: value.reveal() if isinstance(value, Secret) else value for name, value in env.items()}

    async def type_in(self, argv: Sequence[str], answers: Sequence[tuple[str, Secret]], *, timeout: float = 60) -> Ran:
        """Runs a command on a terminal and types; see the protocol. What it prints is never logged."""
        from mailwizard.host.terminal import type_answers

        for _, secret in answers:
            self._log.hide(secret)
        self._log.write(f"$ {shlex.join(argv)}  (on a terminal)")
        ran = await type_answers(argv, answers, env={}, timeout=timeout)
        self._log.write(f"= {ran.code}")
        return ran

    async def read(self, path: str) -> bytes:
        """The file's content. Raises FileMissing or FileUnreadable."""
        return disk.read(path)

    async def stat(self, path: str) -> FileStat | None:
        """What lies at `path`, links not followed; None when nothing does. Raises FileUnreadable."""
        return disk.stat(path)

    async def list(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises FileMissing or FileUnreadable."""
        return disk.names(path)

    # what waits for the disk (fsync) is done in a thread; cancelled, it is still done whole

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Places a file whole; see the protocol. Not root: owner and group are this user's."""
        await asyncio.to_thread(disk.write, path, content, mode, owner, group)
        self._log.write(f"wrote {path} ({mode:04o} {owner}:{group}, {len(content)} bytes)")

    async def make_dir(self, path: str, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Makes a folder; see the protocol. Not root: owner and group are this user's."""
        await asyncio.to_thread(disk.make_dir, path, mode, owner, group)
        self._log.write(f"made {path} ({mode:04o} {owner}:{group})")

    async def remove(self, path: str) -> None:
        """Removes a file or link; nothing there is no error."""
        await asyncio.to_thread(disk.remove, path)
        self._log.write(f"removed {path}")

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """A TCP connection to an IP address. Raises Unreachable with the reason."""
        from mailwizard.host.net import dial

        return await dial(address, port, source=source, timeout=timeout)

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        """HTTP GET: status and body, 64 KiB at most, no redirects. Raises Unreachable."""
        from mailwizard.host.net import fetch

        return await fetch(url, family=family, ca_bundle=ca_bundle, timeout=timeout)

    async def lock(self, path: str) -> Callable[[], Awaitable[None]]:
        """Takes a lock of the machine; what comes back lets go of it. Raises BusyError or FileUnreadable."""
        return flock.take(path)

    async def close(self) -> None:
        """Closes the log's file."""
        self._log.close()
