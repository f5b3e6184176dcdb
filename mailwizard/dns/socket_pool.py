"""UDP to name servers: a few connected sockets for each address, shared by all questions, never one a question.

Time-outs are counted in turns of the event loop (one turn: at least TICK seconds): a program that is busy for
seconds makes fewer turns, so an answer that waits in the kernel's buffer is read before anybody gives up on it.
"""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Sequence
from functools import partial

from mailwizard.dns.failure import reason
from mailwizard.dns.limits import IN_FLIGHT, Limits
from mailwizard.dns.link import Link, Waiting
from mailwizard.dns.message import Question

TICK = 0.05  # seconds
TIMED_OUT = "timed out"
SOCKETS = IN_FLIGHT  # each with a question in flight: more are never needed
SOCKETS_PER_SERVER = 8
USES = 128  # after that many questions a socket is closed and the next one gets another random port
NO_FILES = (errno.EMFILE, errno.ENFILE)
FILE_TURNS = 40  # for how many turns a question waits for a file to become free


class SocketPool:
    """All UDP sockets of one asker. Used inside a running event loop."""

    def __init__(self, port: int, limits: Limits) -> None:
        self._port, self._limits = port, limits
        self._links: dict[str, list[Link]] = {}
        self._count = 0
        self._waiting: set[Waiting] = set()
        self._turn = 0
        self._ticking = False

    def start(self, server: str, question: Question, pauses: Sequence[float]) -> asyncio.Future[bytes]:
        """Sends the question as soon as there is room, once for each of `pauses` (seconds). The future gets the reply,
        or NoReply.
        """
        future = asyncio.get_running_loop().create_future()
        waiting = Waiting(server, question, pauses, future, self._over)
        future.add_done_callback(partial(self._done, waiting))
        self._limits.enter(server, partial(self._launch, waiting))
        return future

    def close(self) -> None:
        """Closes every socket; questions in flight end with NoReply."""
        for waiting in list(self._waiting):
            waiting.fail("closed")
        for server, links in list(self._links.items()):
            for link in list(links):
                self._drop(server, link)

    def _launch(self, waiting: Waiting) -> None:
        waiting.launched = True
        self._waiting.add(waiting)
        if waiting.future.done():  # given up while it waited for its turn
            asyncio.get_running_loop().call_soon(self._over, waiting)
        else:
            self._send(waiting)
            self._tick_on()

    def _send(self, waiting: Waiting) -> None:
        """The next try; the first one looks for a socket."""
        link = waiting.link or self._join(waiting)
        if link is None:
            waiting.due = self._turn + 1
        elif waiting.tries == len(waiting.pauses):
            waiting.fail(TIMED_OUT)
        else:
            waiting.due = self._turn + max(1, round(waiting.pauses[waiting.tries] / TICK))
            link.send(waiting.packet())

    def _join(self, waiting: Waiting) -> Link | None:
        """A socket for the question; None when it has to wait for one, or has failed."""
        try:
            link = self._link(waiting.server)
        except OSError as error:
            waiting.turns += 1
            if error.errno not in NO_FILES or waiting.turns > FILE_TURNS:
                waiting.fail(reason(error))
            return None
        while waiting.question.packet[:2] in link.waiting:  # another question on this socket has the same id
            waiting.question = waiting.question.renumbered()
        link.waiting[waiting.question.packet[:2]] = waiting
        link.uses += 1
        waiting.link = link
        return link

    def _done(self, waiting: Waiting, future: asyncio.Future[bytes]) -> None:
        if not future.cancelled():
            future.exception()  # looked at: nobody else may want it any more
        if waiting.launched:
            self._over(waiting)

    def _over(self, waiting: Waiting) -> None:
        if waiting not in self._waiting:
            return
        self._waiting.discard(waiting)
        link = waiting.link
        if link:
            del link.waiting[waiting.question.packet[:2]]
            if link.uses >= USES and not link.waiting:
                self._drop(waiting.server, link)
        self._limits.leave(waiting.server)

    def _tick_on(self) -> None:
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK, self._tick)

    def _tick(self) -> None:
        self._turn += 1
        for waiting in list(self._waiting):
            if waiting.due <= self._turn and not waiting.future.done():
                self._send(waiting)
        self._ticking = False
        if self._waiting:
            self._tick_on()

    def _link(self, server: str) -> Link:
        """A socket to the server: a fresh one while there are few, else any that is not worn out. Raises OSError."""
        links = self._links.get(server, [])
        usable = [link for link in links if link.uses < USES]
        if len(usable) >= SOCKETS_PER_SERVER:
            return random.choice(usable)
        if self._count >= SOCKETS:
            self._drop_idle(SOCKETS // 8)
        try:
            return self._open(server)
        except OSError as error:
            if error.errno in NO_FILES and usable:
                return random.choice(usable)
            if error.errno not in NO_FILES or not self._drop_idle(self._count):
                raise
        return self._open(server)

    def _open(self, server: str) -> Link:
        link = Link(server, self._port)
        asyncio.get_running_loop().add_reader(link.socket, link.read)
        self._links.setdefault(server, []).append(link)
        self._count += 1
        return link

    def _drop_idle(self, wanted: int) -> int:
        """Closes up to `wanted` sockets on which nothing is in flight; how many."""
        idle = [(server, link) for server, links in self._links.items() for link in links if not link.waiting]
        for server, link in idle[:wanted]:
            self._drop(server, link)
        return len(idle[:wanted])

    def _drop(self, server: str, link: Link) -> None:
        links = self._links.get(server, [])
        if link not in links:
            return  # closed already
        asyncio.get_running_loop().remove_reader(link.socket)
        link.socket.close()
        links.remove(link)
        if not links:
            del self._links[server]
        self._count -= 1
