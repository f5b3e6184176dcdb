"""One narrow question to one server: the bottom of everything that is asked of the DNS."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from mailwizard.dns import tcp
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.failure import NoReply
from mailwizard.dns.message import Message, Question, decode, question
from mailwizard.dns.names import Malformed, normal
from mailwizard.dns.reading import read, unknown
from mailwizard.dns.socket_pool import SocketPool

IN_FLIGHT = 128  # in all
PER_ADDRESS = 64  # in flight to one address
PAUSES = (0.8, 1.6, 3.2)  # seconds to wait for each try
SILENT_PAUSES = (0.8,)  # for an address that let several questions in a row time out
_SILENT = 3
_NO_EDNS = (1, 4)  # FORMERR, NOTIMP: what a server without EDNS says (RFC 6891, 7)


class Asker:
    """Asks servers by their IP address, with a limit in all and for each address. Made inside a running loop or not."""

    def __init__(self, port: int = 53) -> None:
        self._port = port
        self._pool = SocketPool(port)
        self._all = asyncio.Semaphore(IN_FLIGHT)
        self._each: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_ADDRESS))
        self._silent: defaultdict[str, int] = defaultdict(int)
        self.asked = 0  # questions so far, retries not counted

    async def ask(self, server: str, name: str, type: str, *, recursive: bool, label: str = "") -> Answer:
        """What the server at the IP address `server` says; UNKNOWN with `why` when it says nothing usable.

        `recursive` is the RD bit; `label` how to name the server to the user (default: its address). Never raises.
        """
        name, label = normal(name), label or server
        try:
            asked = question(name, type, recursive=recursive)
        except ValueError as error:
            return unknown(name, type, str(error), label)
        self.asked += 1
        try:
            async with self._each[server], self._all:
                message = await self._message(server, asked)
        except NoReply as error:
            return unknown(name, type, str(error), label)
        except Malformed as error:
            return unknown(name, type, f"a broken answer: {error}", label)
        return read(name, type, message, server=label, recursive=recursive)

    async def _message(self, server: str, asked: Question) -> Message:
        wire = await self._over_udp(server, asked)
        message = decode(wire)
        if message.rcode in _NO_EDNS:
            plain = Question(asked.plain, asked.plain).renumbered()
            wire = await self._over_udp(server, plain)
            message = decode(wire)
        # another letter case than ours is an old server or a forger: TCP tells
        if message.truncated or (wire[4:6] != b"\0\0" and wire[12 : 12 + len(asked.section)] != asked.section):
            message = decode(await tcp.exchange(server, self._port, asked))
        return message

    async def _over_udp(self, server: str, asked: Question) -> bytes:
        pauses = SILENT_PAUSES if self._silent[server] >= _SILENT else PAUSES
        try:
            wire = await self._pool.exchange(server, asked, pauses)
        except NoReply as error:
            self._silent[server] += str(error) == "timed out"
            raise
        self._silent[server] = 0
        return wire

    def close(self) -> None:
        """Closes the sockets."""
        self._pool.close()


def usable(answer: Answer) -> bool:
    """True when the answer says something: there is a record, or there is none."""
    return answer.outcome is not Outcome.UNKNOWN
