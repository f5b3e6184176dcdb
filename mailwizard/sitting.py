"""Everything one run works with: the machine, the answers, the DNS, the services, the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailwizard.answers import CREDENTIALS_PATH, LOG_PATH, STATE_FOLDER, Answers
from mailwizard.engine import Engine
from mailwizard.events import Listener, ignore
from mailwizard.secret import Secret

if TYPE_CHECKING:
    import argparse

    from mailwizard.dns.dns import Dns
    from mailwizard.host.protocol import Host
    from mailwizard.services import Services

LOCK_PATH = f"{STATE_FOLDER}/lock"


@dataclass
class Sitting:
    """One run on one machine."""

    host: Host
    answers: Answers
    dns: Dns
    services: Services
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.host, self.services.order)

    def listen(self, listener: Listener) -> None:
        """From now on the engine tells `listener`."""
        self.engine = Engine(self.host, self.services.order, listen=listener)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Holds the machine's lock. Raises BusyError when another mailwizard is changing it."""
        let_go = await self.host.lock(LOCK_PATH)
        try:
            yield
        finally:
            await let_go()


@asynccontextmanager
async def sitting(
    args: argparse.Namespace,
    *,
    credentials: Mapping[str, Secret] | None = None,
    passwords: Mapping[str, Secret] | None = None,
    listen: Listener = ignore,
) -> AsyncIterator[Sitting]:
    """The sitting that the command line asks for. Raises AnswersError, Unreachable."""
    from mailwizard import answers_file
    from mailwizard.dns.dns import Dns
    from mailwizard.services import Services

    async with reached(args) as host:
        answers = await answers_file.load(host, args.answers)
        for secret in {**(credentials or {}), **(passwords or {})}.values():
            host.log.hide(secret)
        async with Dns(answers.dns.resolvers) as dns:
            services = Services(dns, credentials or await _kept_credentials(host), passwords or {})
            now = Sitting(host, answers, dns, services)
            now.listen(listen)
            yield now


async def _kept_credentials(host: Host) -> Mapping[str, Secret]:
    """The DNS plugin's variables of an earlier run; none when they may not be read."""
    from mailwizard import credentials_file
    from mailwizard.errors import FileMissing, FileUnreadable

    try:
        kept = credentials_file.parse(await _text(host), CREDENTIALS_PATH)
    except (FileMissing, FileUnreadable):
        return {}
    for secret in kept.values():
        host.log.hide(secret)
    return kept


async def _text(host: Host) -> str:
    from mailwizard.host.protocol import text_of

    return await text_of(host, CREDENTIALS_PATH)


@asynccontextmanager
async def reached(args: argparse.Namespace) -> AsyncIterator[Host]:
    """The machine that the command line names: this one, or another over SSH. Raises Unreachable."""
    from mailwizard.log import CommandLog

    host: Host
    if args.host:
        from mailwizard.host.ssh import connect

        host = await connect(args.host)
    else:
        from mailwizard.host.local import LocalHost

        host = LocalHost(CommandLog(LOG_PATH))
    try:
        yield host
    finally:
        await host.close()
