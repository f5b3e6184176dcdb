"""Running scripts and programs on the machine: their output as it comes, their exit code, their end when it is time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mailwizard.errors import CommandFailed, HostError, Unreachable
from mailwizard.host.processes import OnLine, Output, named
from mailwizard.host.protocol import Ran
from mailwizard.host.ssh_channel import SshChannel
from mailwizard.host.ssh_connection import Connection
from mailwizard.host.ssh_shell import Rights, Script, function, program
from mailwizard.text import one_line

_LAST_WORDS = 1.0  # seconds of silence after the end; a daemon that was started may keep the pipe open for good
_BEGINNING = 5.0  # seconds until a script that is to be stopped must have begun
_FILES = 60.0  # seconds for a script that handles a file
# a group that does not go when it is asked to is killed
_KILL = """
kill -TERM -- "-$1" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 -- "-$1" 2>/dev/null || exit 0
  sleep "$2"
done
kill -KILL -- "-$1" 2>/dev/null
exit 0
"""


@dataclass(frozen=True)
class Ended:
    """How a script ended. `code` -1: a signal ended it."""

    code: int
    out: bytes
    err: str


class Prologue:
    """Swallows what login shells and sudo say before the script begins."""

    def __init__(self, word: str) -> None:
        self._mark = word.encode()
        self.before = b""
        self.rest: list[bytes] | None = None  # the words of the line that began it

    def feed(self, data: bytes) -> bytes:
        """What of `data` is the script's own."""
        if self.rest is not None:
            return data
        self.before += data
        at = self.before.find(self._mark)
        end = self.before.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            return b""
        self.rest = self.before[at + len(self._mark) : end].split()
        own, self.before = self.before[end + 1 :], self.before[:at]
        return own


class Running:
    """A script that was started on the machine."""

    def __init__(self, channel: SshChannel, script: Script) -> None:
        self.channel = channel
        self._prologues = Prologue(script.word), Prologue(script.word)

    def take(self) -> tuple[bytes, bytes]:
        """The script's own output since it was last asked."""
        out, err = self.channel.take()
        return self._prologues[0].feed(out), self._prologues[1].feed(err)

    @property
    def group(self) -> str:
        """The number of its process group; empty before it begins."""
        words = self._prologues[1].rest
        return words[0].decode("ascii", "replace") if words else ""

    async def begun(self) -> None:
        """Returns when its process group is known, or never will be. Its output until then is lost."""
        while not (self.group or self.channel.is_silent):
            self.take()
            if not self.group:
                await self.channel.stir()

    def code(self, where: str) -> int:
        """Its exit code, -1 when a signal ended it. Raises Unreachable when the connection broke before it ended,
        HostError when the machine did not let it begin."""
        code = self.channel.code
        if code is None and self.channel.is_lost:
            raise self.channel.broken()
        if self._prologues[1].rest is None:
            said = self._prologues[1].before + self._prologues[0].before
            words = one_line(said.decode("utf-8", "backslashreplace")) or "it gave no reason"
            raise HostError(f"{where} does not let mailwizard run commands: {words[-300:]}. Check it with ssh by hand.")
        return -1 if code is None else code


class Runner:
    """Runs what it is given with the rights that the user has there."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self.connection = connection
        self.rights = rights

    async def start(self, script: Script) -> Running:
        """The script, its input still to be written. Raises Unreachable."""
        return Running(await self.connection.session(script.loader(self.rights)), script)

    async def feed(self, running: Running, script: Script, stdin: bytes) -> None:
        """Writes the script and the program's input, and ends it. A program that does not want it is no error."""
        with suppress(Unreachable):  # whoever listens is told
            await running.channel.write(script.typed(self.rights, stdin))
            await running.channel.end_input()

    async def call(self, body: str, *words: str, stdin: bytes = b"") -> Ended:
        """Runs a short bash function to its end. Raises Unreachable, CommandFailed on time-out."""
        out, err = bytearray(), Output(lambda line: None)
        script = function(body, *words)
        async with self.connection.sessions:
            code = await self._to_the_end(script, stdin, out, err, _FILES, "A file operation")
        return Ended(code, bytes(out), err.text)

    async def program(
        self, argv: Sequence[str], *, stdin: bytes, env: Mapping[str, str], timeout: float, on_line: OnLine
    ) -> Ran:
        """How it ended; code 127 when there is no such program, 128+N when signal N ended it.

        Raises CommandFailed when it does not end within `timeout` seconds. Cancelled, it kills the program's group.
        """
        out, err = Output(on_line), Output(on_line)
        async with self.connection.sessions:
            code = await self._to_the_end(program(argv, env), stdin, out, err, timeout, f"`{named(argv)}`")
        words = err.text
        if code in (126, 127) and ": exec: " in words:
            words = f"{argv[0]}: command not found" if code == 127 else f"{argv[0]}: may not be run"
        return Ran(tuple(argv), code, out.text, words)

    async def _to_the_end(
        self, script: Script, stdin: bytes, out: bytearray | Output, err: Output, timeout: float, what: str
    ) -> int:
        running = await self.start(script)
        feeding = asyncio.create_task(self.feed(running, script, stdin))
        late = False
        try:
            await asyncio.wait_for(_listen(running, out, err), timeout)
        except asyncio.TimeoutError:
            late = True
        finally:
            fed = feeding.done()
            feeding.cancel()
            await (self.clear_away(running) if fed else running.channel.close())
        if late:
            raise self._too_late(running, f"{what} took longer than {timeout:g} s and was stopped. Try again.")
        for output in (out, err):
            if isinstance(output, Output):
                output.feed(b"", final=True)
        await running.channel.settle()
        return running.code(self.connection.place.label)

    def _too_late(self, running: Running, sentence: str) -> HostError:
        """What is told when the time is over: while it was to be stopped the connection may have proved to be lost."""
        return CommandFailed(sentence) if running.channel.is_carried else running.channel.broken()

    async def clear_away(self, running: Running) -> None:
        """Kills what still runs (its time is over, or we were cancelled); nothing when it has ended."""
        try:
            if not running.channel.has_ended:
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(running.begun(), _BEGINNING)
            if not running.channel.has_ended and not running.channel.is_lost and running.group.isdigit():
                await asyncio.shield(self.kill(running.group))
        finally:
            running.channel.shut()

    async def kill(self, group: str, patience: float = 5.0) -> None:
        """Ends a process group: asked first, killed after `patience` seconds. Says nothing when it is gone."""
        with suppress(Unreachable, asyncio.TimeoutError):
            script = function(_KILL, group, f"{patience / 10:.2f}")
            killing = await self.start(script)
            try:
                await self.feed(killing, script, b"")
                await asyncio.wait_for(_listen(killing, bytearray(), Output(lambda line: None)), patience + 5)
            finally:
                killing.channel.shut()


async def _listen(running: Running, out: bytearray | Output, err: Output) -> None:
    """Hands on what comes until the script has ended and said its last words."""
    channel, is_over = running.channel, False
    while True:
        came, complained = running.take()
        _put(out, came)
        err.feed(complained)
        if channel.is_silent and (channel.has_ended or channel.is_lost):
            return
        if is_over and not (came or complained):
            return
        is_over = await _has_said_its_last(channel)


async def _has_said_its_last(channel: SshChannel) -> bool:
    """False as soon as something comes; True when the program has ended, and what was under way has come."""
    try:
        await asyncio.wait_for(channel.stir(), _LAST_WORDS if channel.has_ended else None)
    except asyncio.TimeoutError:
        await channel.round_trip()  # it may be the network that is silent
        return True
    return False


def _put(out: bytearray | Output, data: bytes) -> None:
    if isinstance(out, Output):
        out.feed(data)
    else:
        out += data
