"""Simple services on an imagined machine, and what a screen shows as text."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.draft import Draft
from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host, Report
from mailwizard.hosting import Guess
from mailwizard.secret import Secret
from mailwizard.services import Services
from mailwizard.wizard import Wizard
from screens.app import MailwizardApp
from screens.beginning import Beginning

TITLES = {
    "server": "Server",
    "names": "Names",
    "addresses": "Addresses",
    "certificate": "Certificate",
    "mail_server": "Mail server",
    "records": "DNS records",
    "reverse_dns": "Reverse DNS",
    "senders": "Senders",
    "forwarding": "Forwarding",
    "backup": "Backup",
    "test_mail": "Test mail",
}
SETUP = """\
schema = 1

[server]
hostname = "mail.wizard-lab.example"

[certificate]
email = "admin@wizard-lab.example"
dns_plugin = "dns_cf"

[[domain]]
name = "wizard-lab.example"
senders = ["i"]
"""


@dataclass
class Doing:
    """A change that puts `path` on the machine, with what may happen to it."""

    title: str
    path: str = ""
    detail: str = "new"
    lines: tuple[str, ...] = ()
    failures: list[HostError] = field(default_factory=list)
    gate: asyncio.Event | None = None
    kind: str = "imagined"

    async def diff(self, host: Host) -> str:
        return f"--- {self.path}\n+++ {self.path}\n+[bold]not markup[/bold]\n"

    async def perform(self, host: Host, report: Report) -> None:
        for line in self.lines:
            report(line)
        if self.gate:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        if self.path:
            await host.write(self.path, b"", mode=0o644)

    async def inverse(self, host: Host) -> Change | None:
        return None

    def as_json(self) -> dict[str, object]:
        return {"kind": self.kind, "title": self.title}


@dataclass
class Simple:
    """A step whose changes are those whose files are not there yet."""

    name: str
    title: str
    findings: list[Finding] = field(default_factory=list)
    changes: list[Doing] = field(default_factory=list)
    needs: tuple[str, ...] = ()
    generated: dict[str, Secret] = field(default_factory=dict)
    looked: int = 0
    guess: Guess = field(default_factory=lambda: Guess(None))

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        self.looked += 1
        if self.changes and not await self.plan(host, answers):
            return [replace(finding, status=Status.OK) for finding in self.findings]
        return self.findings

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        return [change for change in self.changes if change.path and await host.stat(change.path) is None]


@dataclass
class Imagined:
    """The services of one run."""

    services: dict[str, Simple]

    @property
    def order(self) -> tuple[Simple, ...]:
        return tuple(self.services.values())

    @property
    def senders(self) -> Simple:
        return self.services["senders"]

    @property
    def reverse_dns(self) -> Simple:
        return self.services["reverse_dns"]

    @property
    def records(self) -> Simple:
        return self.services["records"]


def imagined(without: tuple[str, ...] = ("backup", "records")) -> Imagined:
    return Imagined({name: Simple(name, title) for name, title in TITLES.items() if name not in without})


def wizard_of(world: Imagined, host: ImaginaryHost | None = None, setup: str = SETUP) -> Wizard:
    host = host or ImaginaryHost(files={"/etc/mailwizard/setup.toml": setup} if setup else {})

    def make(*_: object) -> Services:
        return world  # type: ignore[return-value]

    return Wizard(host, Draft(setup), make, lambda: None)


def app_of(world: Imagined, host: ImaginaryHost | None = None, setup: str = SETUP) -> MailwizardApp:
    return app_on(wizard_of(world, host, setup))


def app_on(wizard: Wizard) -> MailwizardApp:
    async def given() -> Wizard:
        return wizard

    return MailwizardApp(given)


def text_of(app: App[int]) -> str:
    """What the screen shows, line by line, blanks at the ends left out."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


async def settled(pilot: Pilot[int]) -> None:
    """Waits until no worker is at work, and what came of it is on the screen."""
    app = pilot.app
    await pilot.pause()
    while (work := _work(app)) is not None or _is_at_work(app):
        if work is not None:
            await asyncio.wait({work}, timeout=10)
        with suppress(WorkerCancelled):  # another one took its place
            await app.workers.wait_for_complete()
        await pilot.pause()
    while not _is_drawn(app.screen):
        await pilot.pause(0.02)


def _is_drawn(screen: Screen[object]) -> bool:
    """True when nothing waits for the screen's next turn to lay out and to draw, which a busy machine puts off."""
    return not (screen._layout_required or screen._repaint_required or screen._dirty_widgets or screen._callbacks)


def _is_at_work(app: App[int]) -> bool:
    opens = isinstance(app.screen, Beginning) and not app._exit
    return opens or any(not worker.is_finished for worker in app.workers)


def _work(app: App[int]) -> asyncio.Task[None] | None:
    """The changes that are being made."""
    return app._working if isinstance(app, MailwizardApp) and app.is_working else None
