"""One connected UDP socket to one server, and the questions that are in flight on it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

from mailwizard.dns.failure import NoReply, reason
from mailwizard.dns.message import Question


class Waiting:
    """A question in flight: its packets one try after another, and for how long each is waited for (seconds)."""

    __slots__ = ("due", "future", "launched", "link", "pauses", "question", "release", "server", "tries", "turns")

    def __init__(
        self,
        server: str,
        question: Question,
        pauses: Sequence[float],
        future: asyncio.Future[bytes],
        release: Callable[[Waiting], None],
    ) -> None:
        self.server, self.question, self.pauses, self.future = server, question, pauses, future
        self.release = release  # makes room for the next one
        self.link: Link | None = None
        self.tries = self.due = self.turns = 0
        self.launched = False

    def fail(self, why: str) -> None:
        """Ends it without a reply."""
        if not self.future.done():
            self.future.set_exception(NoReply(why))

    def packet(self) -> bytes:
        """The next packet to send; the last of several is without EDNS, for servers that drop what they do not know."""
        self.tries += 1
        return self.question.plain if 1 < self.tries == len(self.pauses) else self.question.packet


class Link:
    """A connected UDP socket: the kernel chooses a random port, and drops what comes from anybody else."""

    __slots__ = ("socket", "uses", "waiting")

    def __init__(self, server: str, port: int) -> None:
        """Raises OSError: no such address, no route, too many open files."""
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        place = socket.getaddrinfo(server, port, family, flags=socket.AI_NUMERICHOST)[0][4]
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            self.socket.connect(place)
        except OSError:
            self.socket.close()
            raise
        self.waiting: dict[bytes, Waiting] = {}
        self.uses = 0

    def send(self, packet: bytes) -> None:
        """Sends; a full buffer is as good as a lost packet: the next try follows."""
        try:
            self.socket.send(packet)
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(reason(error))

    def fail(self, why: str) -> None:
        """Ends all questions on this socket."""
        for waiting in list(self.waiting.values()):
            waiting.fail(why)

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
                waiting.release(waiting)  # first: the next question leaves before this answer is worked on
                waiting.future.set_result(packet)
            if not self.waiting:
                return  # what else there may be is read at the next turn


def _answers(packet: bytes, question: Question) -> bool:
    """True when the packet repeats the question (in any letter case), or is a bare error of a very old server."""
    if len(packet) < 12 or not packet[2] & 0x80:
        return False
    if packet[4:6] == b"\0\0":
        return bool(packet[3] & 15)
    section = question.section
    echoed = packet[12 : 12 + len(section)]
    return packet[4:6] == b"\0\1" and (echoed == section or echoed.lower() == section.lower())
