"""What is to be done about a finding that does not say it: told by what its step has planned."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import pytest

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.errors import FileUnreadable, HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host
from mailwizard.looking import Looked
from mailwizard.remedy import with_remedies

OPEN = Finding("box.lid", Status.FAILED, "Lid", found=("open",), source="/lid")
WARNED = Finding("box.dust", Status.WARNING, "Dust")
TELLS = Finding("box.key", Status.FAILED, "Key", fix="Buy a key.")
BY_APPLY = "mailwizard does it: run `mailwizard apply`."


@dataclass
class Box:
    """A step that plans what it is told, or cannot."""

    changes: Sequence[Change] = ()
    error: HostError | None = None
    planned: int = 0
    name = "box"
    title = "Box"
    needs: tuple[str, ...] = ()

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        return []

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        self.planned += 1
        if self.error:
            raise self.error
        return list(self.changes)


async def fixes(box: Box, *looked: Sequence[Finding]) -> list[str]:
    async def looks() -> AsyncGenerator[Looked, None]:
        for number, findings in enumerate(looked):
            yield Looked(f"d{number}.test", {"box": list(findings)})

    found = with_remedies(ImaginaryHost(), [box], Answers(), looks())
    return [finding.fix async for one in found for finding in one.findings]


async def test_what_apply_mends_is_planned_once_for_all_domains() -> None:
    box = Box([RunCommand("Shut the lid", ("true",))])
    assert await fixes(box, [OPEN, WARNED, TELLS], [OPEN]) == [BY_APPLY, BY_APPLY, "Buy a key.", BY_APPLY]
    assert box.planned == 1


async def test_nothing_is_planned_where_each_finding_tells_it() -> None:
    fine = [Finding("box.a", status, "A") for status in (Status.OK, Status.SKIPPED, Status.UNKNOWN)]
    box = Box()
    assert await fixes(box, [TELLS, *fine]) == ["Buy a key.", "", "", ""]
    assert box.planned == 0


async def test_where_nothing_is_planned_another_finding_comes_first() -> None:
    assert await fixes(Box(), [TELLS, OPEN]) == ["Buy a key.", "Do first what is said of “Key”."]


async def test_where_nothing_helps_it_is_said_where_to_look() -> None:
    assert await fixes(Box(), [OPEN, WARNED]) == ["mailwizard has nothing to change here: look yourself (/lid).", ""]


async def test_a_plan_that_may_not_be_made_says_why() -> None:
    box = Box(error=FileUnreadable("/lid may not be read by this user. Log in as root."))
    assert await fixes(box, [OPEN]) == ["/lid may not be read by this user. Log in as root."]


async def test_a_lost_machine_is_told() -> None:
    with pytest.raises(Unreachable):
        await fixes(Box(error=Unreachable("gone")), [OPEN])
