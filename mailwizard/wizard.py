"""What the screens work with: the draft of the answers, how each step stands, and one step's look, plan and changes.

It knows no screen. Each step is looked at again after its changes, and all of them when an answer changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from mailwizard.answers import Answers
from mailwizard.draft import Draft
from mailwizard.engine import Engine, Result, unmet
from mailwizard.errors import AnswersError
from mailwizard.events import Event, Listener, Told, ignore
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host, Report
from mailwizard.journal import Entry, Journal
from mailwizard.remedy import spelled_out
from mailwizard.secret import Secret
from mailwizard.service import Service
from mailwizard.services import Services
from mailwizard.sitting import LOCK_PATH
from mailwizard.standing import Step, next_step
from mailwizard.unanswered import unanswered

if TYPE_CHECKING:
    from mailwizard.forms.field import Field
    from mailwizard.mta.delivery import Delivery

MakeServices = Callable[[Answers, Mapping[str, Secret], Mapping[str, Secret]], Services]


@dataclass
class Wizard:
    """One set-up in front of a user. `make_services` gives the services for the answers and secrets known now."""

    host: Host
    draft: Draft
    make_services: MakeServices
    forget: Callable[[], None]  # what the DNS said is asked afresh from now on
    credentials: dict[str, Secret] = field(default_factory=dict)
    passwords: dict[str, Secret] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)  # by DNS plugin: how to give its credentials, chosen in this run
    listen: Listener = ignore
    steps: list[Step] = field(init=False)
    _read: tuple[str, Answers] | None = field(default=None, init=False, repr=False)
    services: Services = field(init=False, repr=False)
    read_only_because: str = ""
    notice: str = ""  # what every screen says beside its title: that this is a demonstration
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)

    def __post_init__(self) -> None:
        self.host.log.heard = lambda line: self._hear(Told(line))
        self.refresh_services()
        self.steps = [Step(service.name, service.title) for service in self.services.order]

    @property
    def answers(self) -> Answers:
        """The answers so far; checked, perhaps unfinished. Raises AnswersError."""
        text = self.draft.text
        if self._read is None or self._read[0] != text:
            self._read = text, self.draft.answers()  # reading takes a while, and every step asks
        return self._read[1]

    @property
    def credentials_in_use(self) -> dict[str, Secret]:
        """All variables that are typed or kept; once a way to give them was chosen, without those of the others."""
        from mailwizard.acme.plugins import by_way

        plugin = self.answers.certificate.dns_plugin
        return by_way(plugin, self.ways[plugin], self.credentials) if plugin in self.ways else dict(self.credentials)

    def refresh_services(self) -> None:
        """Makes the services anew, for answers or secrets changed."""
        for secret in self.passwords.values():  # the service knows which of the DNS plugin's variables are secret
            self.host.log.hide(secret)
        made = self.services.senders.generated if hasattr(self, "services") else {}
        self.services = self.make_services(self.answers, self.credentials_in_use, self.passwords)
        self.services.senders.generated.update(made)  # shown until the program ends, and kept nowhere
        self.engine = Engine(self.host, self.services.order, listen=self._hear)

    async def look(self, name: str) -> Step:
        """Looks at one step, and plans it; what comes back is also kept in `steps`."""
        service, answers = self.service(name), self.answers
        if lacks := unanswered(name, answers):
            step = Step(name, service.title, looked=True, lacks=lacks)
        else:
            findings, changes = await asyncio.gather(service.look(self.host, answers), service.plan(self.host, answers))
            told = spelled_out(findings, self.host, answers)
            step = Step(name, service.title, tuple(told), tuple(changes), looked=True)
        self.steps[self.number(name)] = step
        return step

    async def look_at_all(self, seen: Callable[[Step], None]) -> int:
        """Looks at every step, side by side; `seen` gets each as it comes. Returns the number to open."""
        self.forget()

        async def one(name: str) -> None:
            seen(await self.look(name))

        await asyncio.gather(*(one(step.name) for step in self.steps))
        return next_step(self.steps)

    def answer(self, question: Field, text: str) -> bool:
        """Keeps an answer. Returns whether anything is different now.

        Raises ValueError or AnswersError when it cannot be one; then all is as before.
        """
        before, secrets = self.draft.text, self._given()
        question.answer(text)
        try:
            self.draft.answers()
        except AnswersError:
            self.draft.go_back_to(before)
            raise
        return self.draft.text != before or self._given() != secrets

    def _given(self) -> tuple[dict[str, Secret], dict[str, Secret], dict[str, str]]:
        return dict(self.credentials), dict(self.passwords), dict(self.ways)

    async def apply(self, name: str) -> Result:
        """Makes one step's changes; what it needs is asked of what was found before. A change is never cut in half."""
        step = self.steps[self.number(name)]
        if against := self.blocked_by(name):
            return Result(findings={name: list(step.findings)}, blocked={name: against})
        result = await self.engine.apply(self.answers, [name])
        self.forget()
        await self.look(name)
        return result

    def blocked_by(self, name: str) -> list[Finding]:
        """The findings of the steps before that must hold first."""
        before = self.steps[: self.number(name)]
        return unmet(self.service(name), {step.name: step.findings for step in before})

    async def send_test(self, sender: str, recipient: str, password: Secret, report: Report) -> Delivery:
        """Sends a test mail, and what became of it. Raises HostError when it could not be handed over."""
        from mailwizard.mta.sending import send_test

        return await send_test(self.host, self.answers, sender, recipient, password, report)

    async def save(self) -> None:
        """Writes the answers. Raises AnswersError, HostError."""
        await self.draft.save(self.host)
        self.refresh_services()

    async def lock(self) -> Callable[[], Awaitable[None]]:
        """Takes the machine's lock. Raises BusyError when another mailwizard is changing it."""
        return await self.host.lock(LOCK_PATH)

    async def interrupted(self) -> Entry | None:
        """The change that an earlier run began and did not end, if any."""
        return await Journal(self.host).half_made()

    async def begun(self) -> frozenset[str]:
        """The steps that this or an earlier run has made changes for."""
        return frozenset(entry.step for entry in await Journal(self.host).read())

    def service(self, name: str) -> Service:
        """The service of a step. Raises StopIteration for an unknown name."""
        return next(service for service in self.services.order if service.name == name)

    def number(self, name: str) -> int:
        """The place of a step, from 0."""
        return next(number for number, service in enumerate(self.services.order) if service.name == name)

    def _hear(self, event: Event) -> None:
        self.listen(event)
