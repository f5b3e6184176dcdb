"""What is to be done about a finding that does not say it: told by what its step has planned."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import mailwizard
from mailwizard.answers import ANSWERS_PATH, Answers
from mailwizard.arguments import understood
from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.demo.opening import wizard_in
from mailwizard.demo.world import World
from mailwizard.engine import Engine
from mailwizard.errors import FileUnreadable, HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host
from mailwizard.looking import Looked
from mailwizard.remedy import spelled_out, with_remedies
from mailwizard.standing import Step

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


@pytest.mark.parametrize(
    ("option", "path", "typed"),
    [
        ("", ANSWERS_PATH, "`mailwizard sender add i@d.test`"),
        ("--host ops@vps:2222", ANSWERS_PATH, "`mailwizard --host ops@vps:2222 sender add i@d.test`"),
        ("", "/root/my answers.toml", "`mailwizard --answers '/root/my answers.toml' sender add i@d.test`"),
        ("--host vps", "/root/b", "`mailwizard --host vps --answers /root/b sender add i@d.test`"),
    ],
)
def test_a_command_is_told_as_it_is_to_be_typed(option: str, path: str, typed: str) -> None:
    host, answers = ImaginaryHost(), Answers(path=path)
    host.option = option
    finding = replace(OPEN, fix="Run `mailwizard sender add i@d.test`: mailwizard asks for the password.")
    (found,) = spelled_out([finding], host, answers)
    assert found.fix == f"Run {typed}: mailwizard asks for the password."
    words = shlex.split(typed.strip("`"))[1:]
    args = understood(words)
    assert (args.command, args.address, args.answers) == ("sender", "i@d.test", path)


class Telling(Box):
    """A step whose finding names a command."""

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        return [replace(OPEN, fix="Run `mailwizard backup`.")]


async def test_apply_plan_and_the_wizard_tell_it_so() -> None:
    host, told = ImaginaryHost(), "Run `mailwizard --host vps backup`."
    host.option = "--host vps"
    engine = Engine(host, [Telling()])
    looked = (await engine.look(Answers()), (await engine.apply(Answers())).findings)
    assert [found["box"][0].fix for found in looked] == [told, told]
    wizard = wizard_in(World())
    wizard.services.order, wizard.host = (Telling(),), host
    wizard.steps = [Step("box", "Box")]
    assert (await wizard.look("box")).findings[0].fix == told


_COMMAND = re.compile(r"(?<!`)\bmailwizard (apply|backup|health|inspect|plan|records|restore|send-test|sender)\b")


def test_every_command_that_is_told_stands_in_backquotes() -> None:
    bare = [f"{path}: {text}" for path, text in _sentences() if _COMMAND.search(text)]
    assert [one for one in bare if not re.search(r"(\b(a|no) |: )mailwizard backup", one)] == []


def _sentences() -> Iterator[tuple[Path, str]]:
    """The texts in the program, but for docstrings."""
    for path in Path(mailwizard.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                yield path, node.value


async def test_a_lost_machine_is_told() -> None:
    with pytest.raises(Unreachable):
        await fixes(Box(error=Unreachable("gone")), [OPEN])
