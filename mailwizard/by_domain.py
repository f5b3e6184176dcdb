"""A look in two parts: what is of the server, once, and what is of each domain, by itself.

So a thousand domains can be looked at a few at a time, with the server's facts found out once.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailwizard.answers import Answers, Domain
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host


@dataclass(frozen=True)
class Parts:
    """The parts of one look: `server` finds what belongs to no domain, `domain` what belongs to that one."""

    server: Callable[[], Awaitable[list[Finding]]]
    domain: Callable[[Domain], Awaitable[list[Finding]]]


class ByDomain(ABC):
    """What a service is whose findings are about the domains, or about the server and the domains."""

    @abstractmethod
    async def parts(self, host: Host, answers: Answers) -> Parts:
        """The parts of a look; what all of them have to know is found out here, once. Only reads."""

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """All parts: the server's findings, then each domain's. Only reads."""
        parts = await self.parts(host, answers)
        server, *domains = await asyncio.gather(parts.server(), *(parts.domain(one) for one in answers.domains))
        return [*server, *(finding for found in domains for finding in found)]


async def nothing() -> list[Finding]:
    """The part of a server that there is nothing to say about."""
    return []
