"""The server's log, followed while somebody sets up a mail program elsewhere, or writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from mailwizard.dns.answer import Lookup
from mailwizard.dns.ptr import fcrdns
from mailwizard.host.protocol import Host
from mailwizard.mta.inbound import ip_of
from mailwizard.mta.journal_reader import Line, last_cursor, mail_log_after
from mailwizard.mta.mail_log import parse
from mailwizard.programs.telling import Client, Teller

PAUSE = 0.5  # seconds between two looks
_PATIENCE = 4.0  # seconds for the name of an address

Named = Callable[[str], Awaitable[str]]
"""The name of an IP address, "" when it has none that leads back to it. Never raises."""


@dataclass(frozen=True)
class Told:
    """A sentence, and when what it tells was logged."""

    at: datetime
    text: str


async def beginning(host: Host) -> str:
    """The place in the journal from which on to watch: now. Raises HostError when it may not be read."""
    return await last_cursor(host)


async def watch(
    host: Host, telling: Teller, since: str, named: Named, *, pause: float = PAUSE
) -> AsyncGenerator[Told, None]:
    """What `telling` tells of the log from the place `since` on, as it happens, without end: leave it by `aclosing`.

    Only reads. Raises HostError when the journal may not be read, or the machine is lost.
    """
    clients = _Clients(named)
    while True:
        lines = await mail_log_after(host, since)
        for line in lines:
            if text := await _told(line, telling, clients):
                yield Told(line.at, text)
        since = lines[-1].cursor if lines else since
        await asyncio.sleep(pause)


async def _told(line: Line, telling: Teller, clients: _Clients) -> str:
    """The sentence about one line; empty for most of them."""
    event = parse(line.text)
    if event is None or not telling.concerns(event):
        return ""
    return telling.tell(event, await clients.of(event.client))


class _Clients:
    """Who is behind an address; each is looked up once."""

    def __init__(self, named: Named) -> None:
        self._named = named
        self._known: dict[str, Client] = {}

    async def of(self, client: str) -> Client:
        ip = ip_of(client)
        if ip not in self._known:
            nameless = Client(ip)
            self._known[ip] = Client(ip, await self._named(ip)) if ip and not nameless.is_this_server else nameless
        return self._known[ip]


async def confirmed_name(lookup: Lookup, address: str) -> str:
    """The name of an IP address, when the name leads back to it (FCrDNS); "" when not, or when nobody answers soon."""
    try:
        found = await asyncio.wait_for(fcrdns(lookup, address, ""), _PATIENCE)
    except (asyncio.TimeoutError, ValueError):
        return ""
    return found.confirmed[0] if found.confirmed else ""
