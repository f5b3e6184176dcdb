"""Running one program on this machine: no shell, a session of its own, its whole process group stopped on time-out."""

from __future__ import annotations

import asyncio
import codecs
import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import Ran
from mailwizard.text import one_line

OnLine = Callable[[str], None]

_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
# ours, and would change what a program of the system does: its language, its libraries, what it thinks of its terminal
_DROPPED = ("LANG", "LANGUAGE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LD_PRELOAD", "LD_LIBRARY_PATH")
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_LAST_WORDS = 1.0  # seconds for output still in the pipe; a daemon that was started may keep the pipe open for good
UMASK = 0o022  # a stricter one of root's own would leave programs that are built or unpacked for root alone


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """Our own environment, English and without what is only ours, the system folders in PATH, and `added`."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED and not name.startswith("LC_")}
    own = [folder for folder in kept.get("PATH", "").split(":") if folder]
    path = ":".join([*own, *(folder for folder in _PATH if folder not in own)])
    return {**kept, "PATH": path, "LC_ALL": "C.UTF-8", "TERM": "dumb", "SYSTEMD_COLORS": "0", **added}


class Output:
    """What a program writes to one pipe: kept whole, and handed on line by line."""

    def __init__(self, on_line: OnLine) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._on_line = on_line
        self._pieces: list[str] = []
        self._begun = ""

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self._pieces)

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Takes some bytes; with `final`, a last line without an end is handed on as well."""
        text = self._decoder.decode(data, final)
        self._pieces.append(text)
        # a progress display rewrites its line with a bare \r: each state is a line of its own
        *lines, self._begun = (self._begun + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in [*lines, self._begun] if final else lines:
            if line.strip():
                self._on_line(line)


class Child(asyncio.SubprocessProtocol):
    """Watches one program: what it writes, when its pipes close, when it ends."""

    def __init__(self, on_line: OnLine) -> None:
        loop = asyncio.get_running_loop()
        self.outputs = {1: Output(on_line), 2: Output(on_line)}
        self.ended: asyncio.Future[None] = loop.create_future()
        self.silent: asyncio.Future[None] = loop.create_future()
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Some output."""
        self.outputs[fd].feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """A pipe was closed by all who held it."""
        self._open.discard(fd)
        if not self._open and not self.silent.done():
            self.silent.set_result(None)

    def process_exited(self) -> None:
        """The program itself has ended; one that it started may still hold the pipes."""
        if not self.ended.done():
            self.ended.set_result(None)


async def run_program(
    argv: Sequence[str], *, stdin: bytes, env: Mapping[str, str], timeout: float, on_line: OnLine
) -> Ran:
    """How it ended; code 127 when there is no such program, 126 when it may not be run, -N when killed by signal N.

    Raises CommandFailed when it does not end within `timeout` seconds. Cancelled, it kills the program's group.
    """
    loop = asyncio.get_running_loop()
    pipe = asyncio.subprocess.PIPE
    try:
        transport, child = await loop.subprocess_exec(
            lambda: Child(on_line),
            *argv,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environment(env),
            start_new_session=True,
            umask=UMASK,
        )
    except (OSError, ValueError) as error:
        return not_started(argv, error)
    try:
        _feed(transport, stdin)
        await ended_in_time(transport, child.ended, argv, timeout)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(child.silent), _LAST_WORDS)
    finally:
        await gone(transport, child.ended)
    for output in child.outputs.values():
        output.feed(b"", final=True)
    return Ran(tuple(argv), transport.get_returncode() or 0, child.outputs[1].text, child.outputs[2].text)


def not_started(argv: Sequence[str], error: OSError | ValueError) -> Ran:
    """The end of a program that could not be started: 127 or 126 as a shell gives. Raises CommandFailed otherwise."""
    if isinstance(error, FileNotFoundError):
        return Ran(tuple(argv), 127, "", f"{argv[0]}: command not found")
    if isinstance(error, PermissionError):
        return Ran(tuple(argv), 126, "", f"{argv[0]}: may not be run by this user")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    raise CommandFailed(f"`{argv[0]}` could not be started: {reason}.") from error


def named(argv: Sequence[str]) -> str:
    """The command as a sentence can hold it: in one line, its end left out when it is long."""
    words = one_line(shlex.join(argv))
    return words if len(words) <= 80 else f"{words[:77]}..."


async def ended_in_time(
    transport: asyncio.SubprocessTransport, ended: asyncio.Future[None], argv: Sequence[str], timeout: float
) -> None:
    """Returns when the program has ended. Raises CommandFailed, its group stopped, after `timeout` seconds."""
    try:
        await asyncio.wait_for(asyncio.shield(ended), timeout)
    except asyncio.TimeoutError:
        group = transport.get_pid()  # the program leads its session and group
        _signal(group, signal.SIGTERM)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(ended), _GRACE)
        _signal(group, signal.SIGKILL)
        raise CommandFailed(f"`{named(argv)}` took longer than {timeout:g} s and was stopped. Try again.") from None


async def gone(transport: asyncio.SubprocessTransport, ended: asyncio.Future[None]) -> None:
    """Kills the program and all it started in its session; where it has ended, its daemons are wanted. Returns when
    its end was noticed: else asyncio would complain of an end that it hears of after the loop is closed."""
    if transport.get_returncode() is None:
        _signal(transport.get_pid(), signal.SIGKILL)
    await asyncio.wait([ended], timeout=_LAST_WORDS)
    transport.close()  # last: it would ask for the end itself, and asyncio then miss it


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _feed(transport: asyncio.SubprocessTransport, stdin: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    if isinstance(pipe, asyncio.WriteTransport):
        if stdin:
            pipe.write(stdin)
        pipe.close()  # after what was written is gone
