"""The machine's lock, held by a script there for as long as we give signs of life: the same flock(2) as a mailwizard
on the machine itself takes, so that neither changes what the other is changing."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress

from mailwizard.errors import BusyError, FileUnreadable, Unreachable
from mailwizard.host.flock import busy_sentence, no_file_sentence, way_out
from mailwizard.host.ssh_running import Runner, Running
from mailwizard.host.ssh_shell import function
from mailwizard.text import one_line, sentence

_BEAT = 10.0  # seconds between two signs of life
_BUSY, _NO_FILE = 75, 66  # exit codes of our own
_NUMBERS = {os.strerror(number): number for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)}
# without a sign of life the lock is let go of: a cut connection may stay unnoticed there for hours. A holder of our own
# from before the cut is ended
_HOLD = f"""umask 077
mkdir -p -- "$(dirname -- "$1")" || exit 1
[ ! -L "$1" ] && {{ [ -f "$1" ] || [ ! -e "$1" ]; }} || exit {_NO_FILE}
exec 9<>"$1" || exit 1
if ! flock -n 9; then
  read -r holder <&9
  [ -n "$2" ] && [ "$holder" = "$2" ] && kill "$holder" && flock -w 10 9 || {{ echo "$holder"; exit {_BUSY}; }}
fi
echo $$ >"$1"
echo "locked $$"
while read -r -t 45 beat; do [ "$beat" = on ] || break; done"""


class HeldLock:
    """One lock file on the machine, taken by `take`."""

    def __init__(self, runner: Runner, path: str) -> None:
        self._runner = runner
        self._path = path
        self._running: Running | None = None
        self._beats: asyncio.Task[None] | None = None
        self._holder = ""
        self._taking = asyncio.Lock()

    @property
    def is_held(self) -> bool:
        """False when the machine let go of it: the connection was cut, or this computer slept."""
        return self._running is not None and not self._running.channel.has_ended and not self._running.channel.is_lost

    async def take(self) -> None:
        """Takes it, or takes it again. Raises BusyError, FileUnreadable or Unreachable."""
        self._leave()
        script = function(_HOLD, self._path, self._holder)
        running = await self._runner.start(script)
        said = err = b""
        try:
            await running.channel.write(script.typed(self._runner.rights, b""))
            while not (said.endswith(b"\n") or running.channel.is_silent):
                await running.channel.stir()
                came, complained = running.take()
                said, err = said + came, err + complained
        except BaseException:
            running.channel.shut()
            raise
        words = one_line(said.decode("ascii", "replace")).split()
        if words[:1] != ["locked"]:
            await self._explain(running, words, err)
        self._running, self._holder = running, words[-1]
        self._beats = asyncio.create_task(self._beat(running))

    async def ensure(self) -> None:
        """Takes it again when the machine let go of it. Raises BusyError, FileUnreadable or Unreachable."""
        async with self._taking:
            if not self.is_held:
                await self.take()

    async def let_go(self) -> None:
        """The lock is free. Never raises."""
        if self._running is not None and self.is_held:
            with suppress(Unreachable, asyncio.TimeoutError):
                await self._running.channel.write(b"bye\n")
                await asyncio.wait_for(self._gone(self._running), 3)
        self._leave()

    async def _gone(self, running: Running) -> None:
        while not running.channel.has_ended:
            await running.channel.stir()

    async def _beat(self, running: Running) -> None:
        with suppress(Unreachable):
            while True:
                await asyncio.sleep(_BEAT)
                await running.channel.write(b"on\n")

    def _leave(self) -> None:
        if self._beats is not None:
            self._beats.cancel()
        if self._running is not None:
            self._running.channel.shut()
        self._running = self._beats = None

    async def _explain(self, running: Running, words: list[str], err: bytes) -> None:
        await self._gone(running)
        err += running.take()[1]
        running.channel.shut()
        code = running.code(self._runner.connection.place.label)
        if code == _BUSY:
            raise BusyError(busy_sentence(words[0] if words else ""))
        if code == _NO_FILE:
            raise FileUnreadable(no_file_sentence(self._path))
        why = one_line(err.decode("utf-8", "backslashreplace")).rsplit(": ", 1)[-1].rstrip(".")
        raise FileUnreadable(
            f"{self._path} cannot be locked: {why or f'the command ended with {code}'}. {self._way_out(why)}"
        )

    def _way_out(self, why: str) -> str:
        if not self._runner.rights.is_root:
            return sentence(self._runner.rights.way_to_root)
        return way_out(_NUMBERS.get(why, 0), self._path)
