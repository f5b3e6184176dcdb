"""Typing passwords into a program on the machine that wants a terminal: none in its arguments, none echoed."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Sequence

from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.protocol import Ran
from mailwizard.host.ssh_channel import SshChannel
from mailwizard.host.ssh_running import Runner
from mailwizard.host.ssh_shell import Rights
from mailwizard.host.terminal import refuse_untypable, without_answers
from mailwizard.secret import Secret
from mailwizard.text import one_line

# the echo goes first, before anything can be typed: sudo and some programs switch it off only after their prompt
_QUIET = "stty -echo -opost && echo {word} && exec "
_INSIDE = """unset LANG LANGUAGE "${!LC_@}"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb
echo "$0"; exec -- "$@" """
Answers = Sequence[tuple[str, Secret]]


class RemoteTypist:
    """Reads what is printed on the terminal, types sudo's password, and then each answer at its prompt."""

    def __init__(self, channel: SshChannel, rights: Rights, word: str, answers: Answers) -> None:
        self.shown = b""
        self._channel = channel
        self._word = word.encode()
        self._password = rights.typed
        self._begun = False
        self._left = list(answers)
        self._seen = 0  # up to here `shown` has been answered

    @property
    def waiting_for(self) -> str:
        """The prompt that has not come; empty when all were answered."""
        return self._left[0][0] if self._left else ""

    @property
    def begun(self) -> bool:
        """True when the program itself has been reached."""
        return self._begun

    async def type(self) -> None:
        """Returns when the program has ended. Raises Unreachable."""
        while True:
            out, err = self._channel.take()
            self.shown += out + err
            await self._answer()
            if self._channel.is_silent and (self._channel.has_ended or self._channel.is_lost):
                return
            if self._channel.has_ended and self._channel.is_silent:
                return
            await self._channel.stir()

    async def _answer(self) -> None:
        if not self._begun:
            await self._begin()
        while self._begun and self._left and self._left[0][0].encode() in self.shown[self._seen :]:
            self._seen = len(self.shown)
            _, secret = self._left.pop(0)
            await self._channel.write(secret.reveal().encode() + b"\n")

    async def _begin(self) -> None:
        """The word comes twice: when the echo is off, and when the program is about to start."""
        seen = self.shown.split(self._word + b"\n")
        if len(seen) > 1 and self._password:
            password, self._password = self._password, b""
            await self._channel.write(password)
        if len(seen) > 2:
            self._begun, self.shown = True, seen[2]


async def type_answers(runner: Runner, argv: Sequence[str], answers: Answers, timeout: float) -> Ran:
    """How the program ended; `out` is what it printed, an answer that it printed after all as ***.

    Raises CommandFailed when it does not end within `timeout` seconds, HostError for an answer that cannot be typed.
    """
    for _, secret in answers:
        refuse_untypable(secret)
    word = secrets.token_hex(8)
    inside = runner.rights.before(["/bin/bash", "-c", _INSIDE, word, *argv])
    line = shlex.join(["/bin/sh", "-c", _QUIET.format(word=word) + shlex.join(inside)])
    async with runner.connection.sessions:
        channel = await runner.connection.session(line, terminal=True)
        typist = RemoteTypist(channel, runner.rights, word, answers)
        try:
            await asyncio.wait_for(typist.type(), timeout)
            await channel.settle()
        except asyncio.TimeoutError:
            raise CommandFailed(_late(argv, typist, timeout)) from None
        finally:
            channel.shut()  # the terminal hangs up, and what still runs on it ends
    code = channel.code
    if code is None and channel.is_lost:
        raise channel.broken()
    shown = without_answers(typist.shown, answers)
    if not typist.begun:
        where = runner.connection.place.label
        raise HostError(f"{where} does not let mailwizard run commands: {one_line(shown)[-300:] or 'no reason'}.")
    return Ran(tuple(argv), -1 if code is None else code, shown, "")


def _late(argv: Sequence[str], typist: RemoteTypist, timeout: float) -> str:
    if typist.waiting_for:
        return f"`{argv[0]}` did not ask “{typist.waiting_for}” within {timeout:g} s."
    return f"`{argv[0]}` took longer than {timeout:g} s and was stopped. Try again."
