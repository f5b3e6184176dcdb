"""UDP to name servers: a few connected sockets for each address, shared by all questions, never one a question.

Time-outs are counted in turns of the event loop (one turn: at least TICK seconds): a program that is busy for
seconds makes fewer turns, so an answer that waits in the kernel's buffer is read before anybody gives up on it.
"""

from __future__ import annotations

import asyncio
import errno
import random
import socket
from collections.abc import Iterator, Sequence

from mailwizard.dns.failure import NoReply, reason
from mailwizard.dns.message import Question

TICK = 0.05  # seconds
SOCKETS = 128  # in all: with one question in flight on each, the limit of `ask` is reached first
SOCKETS_PER_SERVER = 8
USES = 128  # after that many questions a socket is closed and the next one gets another random port


class _Waiting:
    """A question in flight."""

    __slots__ = ("due", "future", "packets", "question", "socket")

    def __init__(self, question: Question, future: asyncio.Future[bytes], link: _Link) -> None:
        self.question, self.future, self.socket = question, future, link
        self.packets: Iterator[tuple[float, bytes]] = iter(())
        self.due = 0


class _Link:
    """One connected UDP socket."""

    def __init__(self, server: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            self.socket.connect(socket.getaddrinfo(server, port, family, flags=socket.AI_NUMERICHOST)[0][4])
        except OSError:
            self.socket.close()
            raise
        self.waiting: dict[bytes, _Waiting] = {}
        self.uses = 0

    def send(self, packet: bytes) -> None:
        try:
            self.socket.send(packet)
        except BlockingIOError:
            pass  # the buffer is full: as if the packet were lost, the next try follows
        except OSError as error:
            self.fail(reason(error))

    def fail(self, why: str) -> None:
        for waiting in list(self.waiting.values()):
            if not waiting.future.done():
                waiting.future.set_exception(NoReply(why))

    def read(self) -> None:
        """Hands each packet that has come to the question that it answers; others are dropped."""
        while True:
            try:
                packet = self.socket.recv(65535)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self.fail(reason(error))
                return
            waiting = self.waiting.get(packet[:2])
            if waiting and not waiting.future.done() and _answers(packet, waiting.question):
                waiting.future.set_result(packet)


def _answers(packet: bytes, question: Question) -> bool:
    """True when the packet repeats the question (in any letter case), or is a bare error of a very old server."""
    if len(packet) < 12 or not packet[2] & 0x80:
        return False
    if packet[4:6] == b"\0\0":
        return bool(packet[3] & 15)
    section = question.section
    echoed = packet[12 : 12 + len(section)]
    return packet[4:6] == b"\0\1" and (echoed == section or echoed.lower() == section.lower())


class SocketPool:
    """All UDP sockets of one asker."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._links: dict[str, list[_Link]] = {}
        self._count = 0
        self._waiting: set[_Waiting] = set()
        self._turn = 0
        self._ticking = False

    async def exchange(self, server: str, question: Question, pauses: Sequence[float]) -> bytes:
        """The server's reply to the question, sent once for each of `pauses` (seconds to wait for it), the last time
        without EDNS. Raises NoReply.
        """
        loop = asyncio.get_running_loop()
        link = await self._link(loop, server)
        if question.packet[:2] in link.waiting:
            question = question.renumbered()  # another question on this socket has the same id
        waiting = _Waiting(question, loop.create_future(), link)
        last = len(pauses) - 1
        packets = [question.plain if 0 < n == last else question.packet for n in range(len(pauses))]
        waiting.packets = iter(list(zip(pauses, packets, strict=True)))
        link.waiting[question.packet[:2]] = waiting
        link.uses += 1
        self._waiting.add(waiting)
        self._send(waiting)
        self._tick_on(loop)
        try:
            return await waiting.future
        finally:
            self._waiting.discard(waiting)
            del link.waiting[question.packet[:2]]
            if link.uses >= USES and not link.waiting and link in self._links.get(server, ()):
                self._drop(loop, server, link)

    def close(self) -> None:
        """Closes every socket; questions in flight end with NoReply."""
        for links in self._links.values():
            for link in links:
                link.fail("closed")
                asyncio.get_running_loop().remove_reader(link.socket)
                link.socket.close()
        self._links.clear()
        self._count = 0

    def _send(self, waiting: _Waiting) -> None:
        pause, packet = next(waiting.packets, (0.0, b""))
        if not packet:
            waiting.future.set_exception(NoReply("timed out"))
            return
        waiting.due = self._turn + max(1, round(pause / TICK))
        waiting.socket.send(packet)

    def _tick_on(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._ticking:
            self._ticking = True
            loop.call_later(TICK, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turn += 1
        for waiting in list(self._waiting):
            if waiting.due <= self._turn and not waiting.future.done():
                self._send(waiting)
        self._ticking = False
        if self._waiting:
            self._tick_on(loop)

    async def _link(self, loop: asyncio.AbstractEventLoop, server: str) -> _Link:
        """A socket to the server: a fresh one while there are few, else any that is not worn out."""
        for pause in (0.1, 0.2, 0.4, 0.8, 0.0):
            links = self._links.setdefault(server, [])
            usable = [link for link in links if link.uses < USES]
            if len(usable) >= SOCKETS_PER_SERVER:
                return random.choice(usable)
            try:
                return self._open(loop, server, links)
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE) or (not usable and not pause):
                    raise NoReply(reason(error)) from error
                if usable:
                    return random.choice(usable)
                self._drop_idle(loop, self._count)
            await asyncio.sleep(pause)
        raise NoReply("too many open files")

    def _open(self, loop: asyncio.AbstractEventLoop, server: str, links: list[_Link]) -> _Link:
        if self._count >= SOCKETS:
            self._drop_idle(loop, SOCKETS // 8)
        link = _Link(server, self._port)
        loop.add_reader(link.socket, link.read)
        links.append(link)
        self._count += 1
        return link

    def _drop_idle(self, loop: asyncio.AbstractEventLoop, wanted: int) -> None:
        """Closes up to `wanted` sockets on which nothing is in flight."""
        idle = [(server, link) for server, links in self._links.items() for link in links if not link.waiting]
        for server, link in idle[:wanted]:
            self._drop(loop, server, link)

    def _drop(self, loop: asyncio.AbstractEventLoop, server: str, link: _Link) -> None:
        loop.remove_reader(link.socket)
        link.socket.close()
        self._links[server].remove(link)
        if not self._links[server]:
            del self._links[server]
        self._count -= 1
