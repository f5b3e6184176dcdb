"""The engine, with services made for the purpose and a machine that is imagined."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.changes.files import write_file
from mailwizard.engine import Engine, Result, until_done
from mailwizard.errors import HostError
from mailwizard.events import Begun, Blocked, Event, Failed, Made
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host, Report
from mailwizard.journal import Journal


@dataclass
class FileService:
    """A step that wants one file to be there; without it, it fails, with a fix when `fix` is given."""

    name: str
    path: str
    needs: tuple[str, ...] = ()
    fix: str = ""

    @property
    def title(self) -> str:
        return self.name.title()

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        there = await host.stat(self.path) is not None
        return [Finding(self.name, Status.OK if there else Status.FAILED, self.title, fix=self.fix)]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        return await write_file(host, self.path, b"new\n")


@dataclass
class Watched(FileService):
    """A step that nothing but somebody else can mend."""

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        return []


@dataclass(frozen=True)
class Slow:
    """A change that takes its time, and notes when it is over."""

    over: list[str]
    error: str = ""
    kind: str = "slow"
    title: str = "something slow"
    detail: str = ""

    async def diff(self, host: Host) -> str:
        return ""

    async def perform(self, host: Host, report: Report) -> None:
        await asyncio.sleep(0.05)
        if self.error:
            raise HostError(self.error)
        self.over.append("over")

    async def inverse(self, host: Host) -> Change | None:
        return None

    def as_json(self) -> dict[str, object]:
        return {"kind": self.kind}


@dataclass
class SlowService(FileService):
    changes: list[Change] = field(default_factory=list)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        return list(self.changes)


@pytest.fixture
def host() -> ImaginaryHost:
    return ImaginaryHost({"/etc/fixed": "old\n"})


def engine(host: ImaginaryHost, *services: FileService) -> tuple[Engine, list[Event]]:
    heard: list[Event] = []
    return Engine(host, services, listen=heard.append), heard


async def test_what_is_missing_is_made_and_seen(host: ImaginaryHost) -> None:
    works, heard = engine(host, FileService("one", "/etc/one"))
    result = await works.apply(Answers())
    assert host.text("/etc/one") == "new\n"
    assert result.exit_code == 0
    assert [type(event) for event in heard if isinstance(event, (Begun, Made))] == [Begun, Made]


async def test_the_second_time_nothing_is_changed(host: ImaginaryHost) -> None:
    works, _ = engine(host, FileService("one", "/etc/one"))
    await works.apply(Answers())
    assert (await works.apply(Answers())).made == []


async def test_a_step_waits_for_what_it_needs(host: ImaginaryHost) -> None:
    works, heard = engine(host, Watched("one", "/etc/one", fix="Publish it."), FileService("two", "/etc/two", ("one",)))
    result = await works.apply(Answers())
    assert "/etc/two" not in host.files
    assert result.exit_code == 3
    assert [finding.id for finding in result.blocked["two"]] == ["one"]
    assert [event.step for event in heard if isinstance(event, Blocked)] == ["two"]


async def test_a_failure_without_a_fix_is_one(host: ImaginaryHost) -> None:
    works, _ = engine(host, Watched("one", "/etc/one"))
    assert (await works.apply(Answers())).exit_code == 1


async def test_a_failed_change_ends_its_step_and_is_told(host: ImaginaryHost) -> None:
    service = SlowService("one", "/etc/fixed", changes=[Slow([], "The disk is full."), Slow([])])
    works, heard = engine(host, service, FileService("two", "/etc/two"))
    result = await works.apply(Answers())
    assert result.exit_code == 1
    assert [str(error) for _, error in result.failures] == ["The disk is full."]
    assert [str(event.error) for event in heard if isinstance(event, Failed)] == ["The disk is full."]
    assert host.text("/etc/two") == "new\n"


async def test_only_the_chosen_steps_are_done(host: ImaginaryHost) -> None:
    works, _ = engine(host, FileService("one", "/etc/one"), FileService("two", "/etc/two"))
    await works.apply(Answers(), ["two"])
    assert "/etc/one" not in host.files


async def test_a_change_in_hand_is_finished_when_it_is_cancelled(host: ImaginaryHost) -> None:
    over: list[str] = []
    works, _ = engine(host, SlowService("one", "/etc/fixed", changes=[Slow(over), Slow(over)]))
    task = asyncio.ensure_future(works.apply(Answers()))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.sleep(0.01)
    task.cancel()  # as often as somebody presses Ctrl+C
    with pytest.raises(asyncio.CancelledError):
        await task
    assert over == ["over"]
    states = [entry.state for entry in await Journal(host).read()]
    assert states == ["begun", "made"]


async def test_the_journal_has_each_change_before_it_is_made(host: ImaginaryHost) -> None:
    works, _ = engine(host, FileService("one", "/etc/fixed"))
    await works.apply(Answers())
    begun, made = await Journal(host).read()
    assert (begun.state, begun.step, made.state) == ("begun", "one", "made")
    assert begun.inverse is not None
    assert await Journal(host).half_made() is None


async def test_a_journal_cut_in_its_last_line_tells_what_may_be_half_made(host: ImaginaryHost) -> None:
    journal = Journal(host, "/var/lib/mailwizard/journal.jsonl")
    await journal.begin("one", Slow([]))
    kept = await host.read("/var/lib/mailwizard/journal.jsonl")
    await host.write("/var/lib/mailwizard/journal.jsonl", kept + b'{"at": "20', mode=0o600)
    half = await journal.half_made()
    assert half is not None and half.title == "something slow"
    await journal.made("one", Slow([]))
    assert await journal.half_made() is None


async def test_looking_and_planning_change_nothing(host: ImaginaryHost) -> None:
    works, _ = engine(host, FileService("one", "/etc/one"))
    assert [planned.step for planned in await works.plan(Answers())] == ["one"]
    assert (await works.look(Answers()))["one"][0].status is Status.FAILED
    assert host.written == []


@pytest.mark.parametrize(
    ("codes", "made"), [([3, 3, 0], 3), ([0], 1), ([1], 1), ([3, 1], 2)], ids=["waits", "done", "failed", "then fails"]
)
async def test_waiting_goes_on_until_nothing_waits(codes: Sequence[int], made: int) -> None:
    left, forgotten = list(codes), []

    async def apply() -> Result:
        status = {0: Status.OK, 1: Status.FAILED, 3: Status.FAILED}
        code = left.pop(0)
        finding = Finding("x", status[code], "X", fix="Wait." if code == 3 else "")
        return Result(findings={"one": [finding]})

    result = await until_done(apply, 60, lambda: forgotten.append(1), pause=0.001)
    assert result.exit_code == codes[-1]
    assert len(forgotten) == made - 1


async def test_waiting_ends_when_the_time_is_over() -> None:
    async def apply() -> Result:
        return Result(findings={"one": [Finding("x", Status.UNKNOWN, "X", fix="Wait.")]})

    assert (await until_done(apply, 0.01, lambda: None, pause=0.005)).exit_code == 3
