"""Typing passwords into a program that wants a terminal (pty(7)): none in its arguments, none echoed, none logged."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.processes import UMASK, ended_in_time, environment, gone, not_started
from mailwizard.host.protocol import Ran
from mailwizard.secret import Secret

_LONGEST = 4095  # bytes; a terminal's line buffer holds no more, termios(3)
Answers = Sequence[tuple[str, Secret]]


class Typist(asyncio.SubprocessProtocol):
    """Reads what is printed on the terminal and types the next answer at its prompt."""

    def __init__(self, master: int, answers: Answers) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shown = b""
        self._master = master
        self._left = list(answers)
        self._seen = 0  # up to here `shown` has been answered

    @property
    def waiting_for(self) -> str:
        """The prompt that has not come; empty when all were answered."""
        return self._left[0][0] if self._left else ""

    def process_exited(self) -> None:
        """The program has ended."""
        self.look()
        if not self.ended.done():
            self.ended.set_result(None)

    def look(self) -> None:
        """Reads what is there, and answers."""
        with suppress(OSError):  # EAGAIN: nothing more for now; EIO: the program has closed the terminal
            while data := os.read(self._master, 65536):
                self.shown += data
        while self._left and self._left[0][0].encode() in self.shown[self._seen :]:
            self._seen = len(self.shown)
            _, secret = self._left.pop(0)
            with suppress(OSError):  # the program went away in between: its exit code will tell
                os.write(self._master, secret.reveal().encode() + b"\n")


async def type_answers(argv: Sequence[str], answers: Answers, *, env: Mapping[str, str], timeout: float) -> Ran:
    """How the program ended; `out` is what it printed, an answer that it printed after all as ***.

    Raises CommandFailed when it does not end within `timeout` seconds, HostError for an answer that cannot be typed.
    """
    for _, secret in answers:
        refuse_untypable(secret)
    master, slave = pty.openpty()
    try:
        return await _typed(argv, answers, master, slave, environment(env), timeout)
    finally:
        os.close(master)


async def _typed(
    argv: Sequence[str], answers: Answers, master: int, slave: int, env: Mapping[str, str], timeout: float
) -> Ran:
    loop = asyncio.get_running_loop()
    try:
        _without_echo(slave)
        os.set_blocking(master, False)
        transport, typist = await loop.subprocess_exec(
            lambda: Typist(master, answers),
            *argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=env,
            start_new_session=True,
            umask=UMASK,
        )
    except (OSError, ValueError) as error:
        return not_started(argv, error)
    finally:
        os.close(slave)
    loop.add_reader(master, _look, typist, master)
    try:
        await ended_in_time(transport, typist.ended, argv, timeout)
    except CommandFailed:
        if typist.waiting_for:
            raise CommandFailed(f"`{argv[0]}` did not ask “{typist.waiting_for}” within {timeout:g} s.") from None
        raise
    finally:
        loop.remove_reader(master)
        await gone(transport, typist.ended)
    return Ran(tuple(argv), transport.get_returncode() or 0, without_answers(typist.shown, answers), "")


def _look(typist: Typist, master: int) -> None:
    before = len(typist.shown)
    typist.look()
    if len(typist.shown) == before:  # readable without data: the terminal is closed, and would be so for ever
        asyncio.get_running_loop().remove_reader(master)


def _without_echo(slave: int) -> None:
    """Before the program starts: some print their prompt first and switch the echo off only then."""
    modes = termios.tcgetattr(slave)
    modes[1] &= ~termios.OPOST  # \n stays \n
    modes[3] &= ~(termios.ECHO | termios.ECHONL)
    termios.tcsetattr(slave, termios.TCSANOW, modes)


def refuse_untypable(secret: Secret) -> None:
    """Raises HostError for an answer that a terminal would take for something else, or cut."""
    text = secret.reveal()
    if any(ord(char) < 32 or ord(char) == 127 for char in text) or len(text.encode()) > _LONGEST:
        raise HostError("This password has a control character or is too long to be typed. Choose another one.")


def without_answers(shown: bytes, answers: Answers) -> str:
    """What was shown, an answer that was printed after all as ***."""
    text = shown.decode("utf-8", "backslashreplace")
    for _, secret in answers:
        if secret:
            text = text.replace(secret.reveal(), "***")
    return text
