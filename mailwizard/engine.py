"""Look, plan, perform, look again. The engine is handed services and knows none of them by name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.errors import HostError, MailwizardError
from mailwizard.events import Begun, Blocked, Failed, Found, Line, Listener, Looking, Made, Planned, ignore
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.journal import Journal
from mailwizard.looking import Looked, look_each
from mailwizard.remedy import spelled_out
from mailwizard.service import Service

_ROUNDS = 5  # a step whose changes make further changes possible is planned again, so often at most
T = TypeVar("T")


@dataclass(frozen=True)
class StepChange:
    """A change and the step it belongs to."""

    step: str
    change: Change


@dataclass
class Result:
    """What an `apply` came to."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    made: list[StepChange] = field(default_factory=list)
    failures: list[tuple[StepChange, MailwizardError]] = field(default_factory=list)
    blocked: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def waiting(self) -> list[Finding]:
        """What only the user or the DNS can go on with."""
        return [finding for finding in self._all() if finding.waits]

    @property
    def failed(self) -> list[Finding]:
        """What failed without anybody being able to say what to do; a blocked step's findings are not its own fault."""
        failed = ((step, f) for step, found in self.findings.items() for f in found if f.status is Status.FAILED)
        return [finding for step, finding in failed if not finding.fix and step not in self.blocked]

    @property
    def exit_code(self) -> int:
        """0 all is done and verified, 1 something failed, 3 something waits for the user or for the DNS."""
        if self.failures or self.failed:
            return 1
        return 3 if self.waiting or self.blocked else 0

    def _all(self) -> Iterable[Finding]:
        return (finding for found in self.findings.values() for finding in found)


class Engine:
    """Carries services through look, plan and apply on one machine."""

    def __init__(
        self, host: Host, services: Sequence[Service], *, listen: Listener = ignore, journal: Journal | None = None
    ) -> None:
        self.host = host
        self.services = tuple(services)
        self._listen = listen
        self._journal = journal or Journal(host)

    async def look(self, answers: Answers, steps: Sequence[str] = ()) -> dict[str, list[Finding]]:
        """The findings of the chosen steps (all when none is named), looked at side by side, in their order."""
        chosen = self._chosen(steps)
        found = await asyncio.gather(*(self._look(service, answers) for service in chosen))
        return {service.name: findings for service, findings in zip(chosen, found, strict=True)}

    def look_each(self, answers: Answers, only: Sequence[str] = ()) -> AsyncGenerator[Looked, None]:
        """The same findings as `look`, the server's and each domain's as they come; see `looking.look_each`."""
        return look_each(self.host, self.services, answers, only)

    async def plan(self, answers: Answers, steps: Sequence[str] = ()) -> list[StepChange]:
        """The changes that the chosen steps would make, in order."""
        chosen = self._chosen(steps)
        plans = await asyncio.gather(*(service.plan(self.host, answers) for service in chosen))
        return [StepChange(s.name, change) for s, plan in zip(chosen, plans, strict=True) for change in plan]

    async def apply(self, answers: Answers, steps: Sequence[str] = ()) -> Result:
        """Makes the chosen steps' changes, one after the other; a change in hand is finished when this is cancelled."""
        result = Result()
        for service in self._chosen(steps):
            await self._apply(service, answers, result)
        return result

    async def _apply(self, service: Service, answers: Answers, result: Result) -> None:
        for _ in range(_ROUNDS):
            changes = await service.plan(self.host, answers)
            if not changes or self._is_blocked(service, result) or not await self._perform(service, changes, result):
                break
        result.findings[service.name] = await self._look(service, answers)

    def _is_blocked(self, service: Service, result: Result) -> bool:
        against = unmet(service, result.findings)
        if against:
            result.blocked[service.name] = against
            self._listen(Blocked(service.name, tuple(against)))
        return bool(against)

    async def _perform(self, service: Service, changes: Sequence[Change], result: Result) -> bool:
        """True when all of them were made."""
        self._listen(Planned(service.name, tuple(changes)))
        for change in changes:
            try:
                await self.make(service.name, change)
            except HostError as error:
                result.failures.append((StepChange(service.name, change), error))
                self._listen(Failed(service.name, change, error))
                return False
            result.made.append(StepChange(service.name, change))
            self._listen(Made(service.name, change))
        return True

    async def make(self, step: str, change: Change) -> None:
        """Makes one change, written down before it is made, and whole even when this is cancelled. Raises HostError."""
        await _whole(self._make(step, change))

    async def _make(self, step: str, change: Change) -> None:
        await self._journal.begin(step, change)
        self._listen(Begun(step, change))
        try:
            await change.perform(self.host, lambda text: self._listen(Line(step, text)))
        except HostError as error:
            await self._journal.failed(step, change, str(error))
            raise
        await self._journal.made(step, change)

    async def _look(self, service: Service, answers: Answers) -> list[Finding]:
        self._listen(Looking(service.name))
        findings = spelled_out(await service.look(self.host, answers), self.host, answers)
        self._listen(Found(service.name, tuple(findings)))
        return findings

    def _chosen(self, steps: Sequence[str]) -> tuple[Service, ...]:
        return tuple(service for service in self.services if not steps or service.name in steps)


def unmet(service: Service, findings: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """The findings that stand at failed and that `service` needs."""
    found = (finding for step in findings.values() for finding in step)
    return [finding for finding in found if finding.id in service.needs and finding.status is Status.FAILED]


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work` to its end; a cancellation meanwhile is passed on only then."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
        except MailwizardError:
            break  # told by task.result()
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


async def until_done(
    apply: Callable[[], Coroutine[Any, Any, Result]], seconds: float, forget: Callable[[], None], pause: float = 5
) -> Result:
    """`apply` again and again until nothing waits any more or `seconds` are over; `forget` makes each look fresh."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    result = await apply()
    while result.exit_code == 3 and (left := end - loop.time()) > 0:
        await asyncio.sleep(min(pause, left))
        forget()
        again = await apply()
        again.made[:0] = result.made
        result = again
    return result
