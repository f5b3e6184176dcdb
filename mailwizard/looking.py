"""Looking at a server and its domains, few of them at a time; each is told as soon as all of it is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.service import Service

AT_ONCE = 64  # domains in hand: more of them would only wait for the name servers' turns, and hold memory
T = TypeVar("T")


@dataclass(frozen=True)
class Looked:
    """What was found about one domain, or (`domain` empty) about the server, step by step."""

    domain: str
    steps: dict[str, list[Finding]]

    @property
    def findings(self) -> list[Finding]:
        """All of it, in the order of the steps."""
        return [finding for found in self.steps.values() for finding in found]


async def look_each(
    host: Host, services: Sequence[Service], answers: Answers, only: Sequence[str] = ()
) -> AsyncGenerator[Looked, None]:
    """The server and each domain, as they come. With `only`, what belongs to these names (domains, or the server's).

    All together are the findings of the services' plain `look`. Use it in `aclosing`: then nothing goes on afterwards.
    """
    parts = await _parts(host, services, answers)
    jobs: list[Callable[[], Awaitable[Looked]]] = []
    if not only or answers.server.hostname in only:
        jobs.append(partial(_server, host, services, answers, parts))
    jobs += (partial(_domain, parts, one) for one in answers.domains if not only or one.name in only)
    async with aclosing(_as_they_come(iter(jobs))) as looks:
        async for looked in looks:
            yield looked


async def _parts(host: Host, services: Sequence[Service], answers: Answers) -> dict[str, Parts]:
    split = {service.name: service for service in services if isinstance(service, ByDomain)}
    found = await asyncio.gather(*(service.parts(host, answers) for service in split.values()))
    return dict(zip(split, found, strict=True))


async def _server(host: Host, services: Sequence[Service], answers: Answers, parts: dict[str, Parts]) -> Looked:
    looks = (parts[one.name].server() if one.name in parts else one.look(host, answers) for one in services)
    found = await asyncio.gather(*looks)
    return Looked("", {service.name: findings for service, findings in zip(services, found, strict=True)})


async def _domain(parts: dict[str, Parts], domain: Domain) -> Looked:
    found = await asyncio.gather(*(part.domain(domain) for part in parts.values()))
    return Looked(domain.name, dict(zip(parts, found, strict=True)))


async def _as_they_come(jobs: Iterator[Callable[[], Awaitable[T]]]) -> AsyncGenerator[T, None]:
    """The jobs' results; `AT_ONCE` of them run at a time. The first error is raised, and the rest is cancelled."""
    running = {asyncio.ensure_future(job()) for job in islice(jobs, AT_ONCE)}
    try:
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            running |= {asyncio.ensure_future(job()) for job in islice(jobs, len(done))}
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
