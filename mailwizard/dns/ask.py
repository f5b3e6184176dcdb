"""One narrow question to one server: the bottom of everything that is asked of the DNS."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.dns import tcp
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.failure import NoReply
from mailwizard.dns.limits import Limits
from mailwizard.dns.message import Message, Question, decode, question
from mailwizard.dns.names import Malformed, normal
from mailwizard.dns.reading import read, unknown
from mailwizard.dns.silence import PAUSES, Silence
from mailwizard.dns.socket_pool import TIMED_OUT, SocketPool

_NO_EDNS = (1, 4)  # FORMERR, NOTIMP: what a server without EDNS says (RFC 6891, 7)


@dataclass(frozen=True)
class Sent:
    """A question that is on its way: `await asker.answer(sent)`. `flaw` in place of one that cannot be asked."""

    server: str
    name: str
    type: str
    recursive: bool
    label: str
    question: Question | None = None
    reply: asyncio.Future[bytes] | None = None
    flaw: str = ""


class Asker:
    """Asks servers by their IP address, with a limit in all and for each address."""

    def __init__(self, port: int = 53) -> None:
        self._port = port
        self._limits = Limits()
        self._pool = SocketPool(port, self._limits)
        self._silence = Silence()
        self.asked = 0  # questions so far, retries not counted

    async def ask(self, server: str, name: str, type: str, *, recursive: bool, label: str = "") -> Answer:
        """What the server at the IP address `server` says; UNKNOWN with `why` when it says nothing usable.

        `recursive` is the RD bit; `label` how to name the server to the user (default: its address). Never raises.
        """
        return await self.answer(self.send(server, name, type, recursive=recursive, label=label))

    def send(self, server: str, name: str, type: str, *, recursive: bool, label: str = "") -> Sent:
        """Sends the question of `ask`, so that others can be sent before its answer is waited for."""
        name, label = normal(name), label or server
        try:
            asked = question(name, type, recursive=recursive)
        except ValueError as error:
            return Sent(server, name, type, recursive, label, flaw=str(error))
        pauses = self._silence.pauses(server)
        if not pauses:
            return Sent(server, name, type, recursive, label, flaw=TIMED_OUT)
        self.asked += 1
        return Sent(server, name, type, recursive, label, asked, self._pool.start(server, asked, pauses))

    async def answer(self, sent: Sent) -> Answer:
        """The answer to a question that was sent."""
        if sent.question is None or sent.reply is None:
            return unknown(sent.name, sent.type, sent.flaw, sent.label)
        try:
            message = await self._message(sent.server, sent.question, sent.reply)
        except NoReply as error:
            if str(error) == TIMED_OUT:
                self._silence.timed_out(sent.server)
            return unknown(sent.name, sent.type, str(error), sent.label)
        except Malformed as error:
            return unknown(sent.name, sent.type, f"a broken answer: {error}", sent.label)
        return read(sent.name, sent.type, message, server=sent.label, recursive=sent.recursive)

    async def _message(self, server: str, asked: Question, reply: asyncio.Future[bytes]) -> Message:
        wire = await reply
        self._silence.answered(server)
        message = decode(wire)
        if message.rcode in _NO_EDNS:
            wire = await self._pool.start(server, Question(asked.plain, asked.plain).renumbered(), PAUSES)
            message = decode(wire)
        # another letter case than ours is an old server or a forger: TCP tells
        if message.truncated or (wire[4:6] != b"\0\0" and wire[12 : 12 + len(asked.section)] != asked.section):
            message = decode(await self._over_tcp(server, asked))
        return message

    async def _over_tcp(self, server: str, asked: Question) -> bytes:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()

        def go() -> None:
            if turn.done():  # given up meanwhile
                loop.call_soon(self._limits.leave, server)
            else:
                turn.set_result(None)

        self._limits.enter(server, go)
        try:
            await turn
            return await tcp.exchange(server, self._port, asked)
        finally:
            if not turn.cancelled():
                self._limits.leave(server)

    def forget(self) -> None:
        """Servers that were silent get a fresh chance."""
        self._silence.forget()

    def close(self) -> None:
        """Closes the sockets."""
        self._pool.close()


def usable(answer: Answer) -> bool:
    """True when the answer says something: there is a record, or there is none."""
    return answer.outcome is not Outcome.UNKNOWN
