"""DNS over TCP (RFC 7766): for answers that do not fit a packet."""

from __future__ import annotations

import asyncio

from mailwizard.dns.failure import NoReply, reason
from mailwizard.dns.message import Question

TIMEOUT = 6.0  # seconds for connection, question and answer together


async def exchange(server: str, port: int, question: Question, timeout: float = TIMEOUT) -> bytes:
    """The server's reply over a connection of its own. Raises NoReply."""
    try:
        return await asyncio.wait_for(_exchange(server, port, question), timeout)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
        timed_out = isinstance(error, asyncio.TimeoutError)
        raise NoReply("timed out over TCP" if timed_out else "the TCP connection was closed") from error
    except OSError as error:
        raise NoReply(f"{reason(error)} over TCP") from error


async def _exchange(server: str, port: int, question: Question) -> bytes:
    reader, writer = await asyncio.open_connection(server, port)
    try:
        writer.write(len(question.packet).to_bytes(2, "big") + question.packet)
        await writer.drain()
        size = int.from_bytes(await reader.readexactly(2), "big")
        reply = await reader.readexactly(size)
    finally:
        writer.close()
    if reply[:2] != question.packet[:2] or reply[12 : 12 + len(question.section)].lower() != question.section.lower():
        raise NoReply("answered another question over TCP")
    return reply
