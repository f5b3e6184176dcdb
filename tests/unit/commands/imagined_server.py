"""The commands, run as `mailwizard WORDS` on the demonstration's server, in its DNS, with a clock that tests turn."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailwizard import cli
from mailwizard.answers import ANSWERS_PATH
from mailwizard.answers_file import parse
from mailwizard.demo.dns import DemoDns
from mailwizard.demo.machine import DemoHost
from mailwizard.demo.world import IPV4, IPV6, SETUP, World
from mailwizard.dns.names import reverse_name
from mailwizard.host.protocol import Host
from mailwizard.services.records import Records

SENDER, PASSWORD = "i@wizard-lab.example", "correct-horse-7-battery"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


@dataclass
class Server:
    """The imagined server. Called with words, it runs the command."""

    world: World
    host: DemoHost
    clock: list[datetime]
    capture: pytest.CaptureFixture[str]
    passwords: Path

    def __call__(self, *words: str) -> Said:
        code = cli.main(list(words))
        said = self.capture.readouterr()
        return Said(code, said.out, said.err)

    def publish(self, *, besides: tuple[str, ...] = ()) -> None:
        """What waits for the user, but for these purposes; then enough time goes by for every resolver to see it."""
        wanted = asyncio.run(Records(DemoDns(self.world)).wanted(self.host, parse(SETUP, ANSWERS_PATH)))
        for wish in wanted.wishes:
            if wish.record.purpose not in besides:
                self.world.publish(wish.record.name, wish.record.type, wish.record.value)
        for address in (IPV4, IPV6):
            self.world.publish(reverse_name(address), "PTR", "mail.wizard-lab.example")
        self.clock[0] += timedelta(seconds=60)

    def set_up(self) -> None:
        """The whole set-up."""
        words = ("apply", "--passwords", str(self.passwords))
        assert self(*words).code == 3
        self.publish()
        ended = self(*words)
        assert ended.code == 0, ended


def reaching(host: Host) -> Callable[[argparse.Namespace], object]:
    """What stands for `sitting.reached`: every command line names this machine."""

    @asynccontextmanager
    async def reached(args: argparse.Namespace) -> AsyncIterator[Host]:
        yield host

    return reached
