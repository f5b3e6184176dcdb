"""Everything one run works with: the machine, the answers, the DNS, the services, the engine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailwizard import streams
from mailwizard.answers import LOG_PATH, STATE_FOLDER, Answers
from mailwizard.engine import Engine
from mailwizard.events import Listener, ignore
from mailwizard.remedy import as_typed
from mailwizard.secret import Secret
from mailwizard.text import one_line

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

    def as_typed(self, text: str) -> str:
        """`text`, its commands of mailwizard as they are to be typed for this machine and these answers."""
        return as_typed(text, self.host, self.answers)

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
    args: argparse.Namespace, *, passwords: Mapping[str, Secret] | None = None, listen: Listener = ignore
) -> AsyncIterator[Sitting]:
    """The sitting that the command line asks for. Raises AnswersError, UsageError, Unreachable."""
    from mailwizard import answers_file
    from mailwizard.dns.dns import Dns
    from mailwizard.services import Services

    async with reached(args) as host:
        answers = await answers_file.load(host, args.answers)
        given = await given_secrets(args)
        for address in sorted(set(given.passwords) - set(answers.senders)):
            _warn(f"{address} is none of the senders in {answers.path}: its password is not used.")
        known = {**given.passwords, **(passwords or {})}
        for secret in known.values():  # of the DNS plugin's variables the service knows which ones are secret
            host.log.hide(secret)
        async with Dns(answers.dns.resolvers) as dns:
            now = Sitting(host, answers, dns, Services(dns, given.credentials, known))
            now.listen(listen)
            yield now


@dataclass(frozen=True)
class Given:
    """The secrets that the command line names files for."""

    credentials: Mapping[str, Secret]
    passwords: Mapping[str, Secret]


async def given_secrets(args: argparse.Namespace) -> Given:
    """Reads `--credentials` and `--passwords`, both on the machine that the command is typed on. Raises UsageError."""
    from mailwizard import credentials_file, passwords_file
    from mailwizard.host.local import LocalHost
    from mailwizard.log import CommandLog

    here, warnings = LocalHost(CommandLog(None)), list[str]()
    credentials, passwords = dict[str, Secret](), dict[str, Secret]()
    if (path := getattr(args, "credentials", None)) is not None:
        credentials, warnings = await credentials_file.load(here, path)
    if (path := getattr(args, "passwords", None)) is not None:
        passwords, more = await passwords_file.load(here, path)
        warnings += more
    for warning in warnings:
        _warn(warning)
    return Given(credentials, passwords)


def _warn(sentence: str) -> None:
    streams.tell(one_line(f"mailwizard: {sentence}"))


def _log_of_another_machine() -> Path | None:
    """Where this user's own log goes; none, and the log is kept in memory, without a folder for such files."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    return folder / "mailwizard.log" if folder.is_dir() else None


@asynccontextmanager
async def reached(args: argparse.Namespace) -> AsyncIterator[Host]:
    """The machine that the command line names: this one, or another over SSH. Raises Unreachable."""
    from mailwizard.log import CommandLog

    host: Host
    if args.host:
        from mailwizard.host.ssh import connect

        host = await connect(args.host, CommandLog(_log_of_another_machine()))
    else:
        from mailwizard.host.local import LocalHost

        host = LocalHost(CommandLog(Path(LOG_PATH)))
    try:
        yield host
    finally:
        await host.close()
