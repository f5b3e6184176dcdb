"""One command: secrets only where they are meant to be."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from mailwizard.changes import from_json
from mailwizard.changes.commands import RunCommand
from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Ran
from mailwizard.log import CommandLog
from mailwizard.secret import Secret

TOKEN = Secret("cf-token-42")


def silent(line: str) -> None:
    """Where nobody listens."""


async def test_shown_as_one_would_type_it() -> None:
    change = RunCommand("Issue", ("acme.sh", "--issue", "a b"), {"CF_Token": TOKEN, "X": "y z"}, stdin=Secret("pw"))
    assert await change.diff(ImaginaryHost()) == "CF_Token=*** X='y z' acme.sh --issue 'a b' < ***\n"


async def test_the_command_gets_all_of_it_and_the_journal_no_secret() -> None:
    got: list[tuple[bytes, Mapping[str, str]]] = []

    def heard(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> str:
        got.append((stdin, env))
        return ""

    change = RunCommand("Issue", ("acme.sh",), {"CF_Token": TOKEN, "X": "y"}, stdin=Secret("pass-word"))
    await change.perform(ImaginaryHost(commands={("acme.sh",): heard}), silent)
    assert got == [(b"pass-word", {"CF_Token": "cf-token-42", "X": "y"})]
    kept = json.dumps(change.as_json())
    assert "cf-token-42" not in kept and "pass-word" not in kept and '"y"' in kept
    with pytest.raises(HostError, match="needs a secret that was not kept"):
        from_json(change.as_json())


async def test_failing_is_an_error() -> None:
    host = ImaginaryHost(commands={("false",): Ran(("false",), 1, "", "first\nlast words\n")})
    with pytest.raises(CommandFailed, match="ended with 1: last words"):
        await RunCommand("Fail", ("false",)).perform(host, silent)


async def test_taken_back_by_another_command() -> None:
    host = ImaginaryHost(commands={("hostnamectl", ...): ""})
    change = RunCommand("Name the server", ("hostnamectl", "new"), undo=("hostnamectl", "old"))
    inverse = await change.inverse(host)
    assert inverse is not None
    await from_json(json.loads(json.dumps(inverse.as_json()))).perform(host, silent)
    assert host.ran == [("hostnamectl", "old")]
    assert await RunCommand("Once", ("true",)).inverse(host) is None


@pytest.mark.parametrize(
    "change",
    [
        RunCommand("A", ("a", "b c"), {"X": "y"}, b"in\n", 7.5, "detail", ("undo",)),
        RunCommand("B", ("a",), stdin=b"\xff\0"),
    ],
)
def test_the_journal_gives_it_back(change: RunCommand) -> None:
    assert from_json(json.loads(json.dumps(change.as_json()))) == change


async def test_a_real_program_whose_output_repeats_the_secret() -> None:
    log, lines = CommandLog(), list[str]()
    script = 'echo "token is $CF_Token"; cat'
    change = RunCommand("Leak", ("sh", "-c", script), {"CF_Token": TOKEN}, stdin=Secret("pass-word"))
    await change.perform(LocalHost(log), lines.append)
    assert lines == ["token is ***", "***"]
    assert "cf-token" not in "\n".join(log.tail) and "pass-word" not in "\n".join(log.tail)
