"""TCP connections that the machine makes, so that what is seen is what it sees."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Stream
from mailwizard.host.ssh_connection import Refused
from mailwizard.host.ssh_running import Runner, Running
from mailwizard.host.ssh_shell import function
from mailwizard.text import one_line

# bash connects itself: for a server whose sshd forbids forwarding, and for the reason of a failure, which sshd keeps.
# Both ways end together: a script that goes on would count as a session for ever
_BASH = """exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
echo "$3" >&2
(cat <&4 >&3 2>/dev/null; kill 0) &
cat <&3
kill 0"""
# only a program can choose the address that it connects from
_PYTHON = """exec python3 -c '
import os, socket, sys, threading
to, port, word, source = sys.argv[1:5]
try:
    made = socket.create_connection((to, int(port)), source_address=(source, 0))
except OSError as error:
    sys.exit(f"x: {os.strerror(error.errno) if error.errno else error}")
print(word, file=sys.stderr, flush=True)
def out():
    while data := made.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=out, daemon=True).start()
while data := os.read(0, 65536):
    made.sendall(data)
os._exit(0)
' "$@" """

_REASONS = {"connection refused": "the connection was refused", "connection timed out": "no answer"}


class RelayedStream:
    """A connection whose bytes go through a script on the machine."""

    def __init__(self, running: Running, name: str, sessions: asyncio.Semaphore, early: bytes) -> None:
        self._running = running
        self._name = name
        self._sessions = sessions
        self._early = early  # what came together with the word that the connection is made
        self._closed = False

    async def read(self) -> bytes:
        """Some bytes, at least one; empty at the end. Raises Unreachable when the connection breaks."""
        while True:
            out, self._early = self._early + self._running.take()[0], b""
            if out:
                return out
            if self._running.channel.is_silent:
                if self._running.channel.is_lost:
                    raise Unreachable(f"{self._name}: the connection was lost.") from self._running.channel.broken()
                return b""
            await self._running.channel.stir()

    async def write(self, data: bytes) -> None:
        """Sends all of `data`. Raises Unreachable when the connection breaks."""
        await self._running.channel.write(data)

    async def close(self) -> None:
        """Ends it. Never raises."""
        if not self._closed:
            self._closed = True
            self._running.channel.shut()
            self._sessions.release()


async def dial(runner: Runner, address: str, port: int, source: str, timeout: float) -> Stream:
    """A connection to an IP address from the machine, from its address `source` unless empty. Raises Unreachable."""
    name = f"{address} port {port}"
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Unreachable(f"{address} is no IP address.") from None
    connection, words = runner.connection, (address, str(port), secrets.token_hex(8))
    if source:
        try:
            return await _relayed(runner, _PYTHON, (*words, source), name, timeout)
        except _NoPython:
            pass  # the machine's own choice of address has to do
    try:
        return await asyncio.wait_for(connection.tcp(address, port, timeout + 1), timeout)
    except asyncio.TimeoutError:
        raise Unreachable(f"{name}: no answer within {timeout:g} s.") from None
    except Refused:
        return await _relayed(runner, _BASH, words, name, timeout)


class _NoPython(HostError):
    """The machine has no python3."""


async def _relayed(runner: Runner, body: str, words: tuple[str, ...], name: str, timeout: float) -> Stream:
    """The connection, made by a script. Raises Unreachable, _NoPython."""
    sessions = runner.connection.sessions
    await sessions.acquire()
    try:
        script = function(body, *words)
        running = await runner.start(script)
        try:
            await running.channel.write(script.typed(runner.rights, b""))
            early, failed = await asyncio.wait_for(_outcome(running, words[2].encode()), timeout)
        except asyncio.TimeoutError:
            raise Unreachable(f"{name}: no answer within {timeout:g} s.") from None
        except BaseException:
            await runner.clear_away(running)
            raise
        if failed is not None:
            raise await _failure(runner, running, name, failed)
    except BaseException:
        sessions.release()
        raise
    return RelayedStream(running, name, sessions, early)


async def _outcome(running: Running, word: bytes) -> tuple[bytes, bytes | None]:
    """The first bytes that came, and, when the connection is not made, what the script said about its failure."""
    early = said = b""
    while True:
        out, err = running.take()
        early, said = early + out, said + err
        if word in said:
            return early, None
        if running.channel.is_silent and (running.channel.has_ended or running.channel.is_lost):
            return early, said
        await running.channel.stir()


async def _failure(runner: Runner, running: Running, name: str, said: bytes) -> HostError:
    await runner.clear_away(running)
    code = running.code(runner.connection.place.label)
    if code == 127:
        return _NoPython("There is no python3.")
    words = one_line(said.decode("utf-8", "backslashreplace")).rsplit(": ", 1)[-1].rstrip(".").lower()
    return Unreachable(f"{name}: {_REASONS.get(words, words) or 'it failed'}.")
