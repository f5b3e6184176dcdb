"""Passwords typed on a pty, with real programs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog
from mailwizard.secret import Secret

PYTHON = sys.executable
# prompts first, as chasquid-util 1.19 does, and switches the echo off only later
_LATE = """
import os, sys, time
def ask(prompt):
    sys.stdout.write(prompt); sys.stdout.flush()
    time.sleep(0.1)
    return sys.stdin.readline().rstrip("\\n")
one, two = ask("Password: "), ask("Confirm password: ")
sys.exit(0 if one == two == open(sys.argv[1]).read() else 4)
"""


@pytest.fixture
def host() -> LocalHost:
    return LocalHost(CommandLog())


def written(folder: Path, text: str) -> str:
    path = folder / "expected"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("password", ["hunter2", "with space", "grün€", "$HOME'\"\\`", "x" * 4000])
async def test_typed_and_never_seen(host: LocalHost, tmp_path: Path, password: str) -> None:
    secret = Secret(password)
    answers = [("Password: ", secret), ("Confirm password: ", secret)]
    ran = await host.type_in([PYTHON, "-c", _LATE, written(tmp_path, password)], answers)
    assert (ran.code, ran.out) == (0, "Password: Confirm password: ")
    assert isinstance(host.log, CommandLog)
    assert password not in "\n".join(host.log.tail)


async def test_what_the_program_prints_of_it_is_masked(host: LocalHost) -> None:
    script = "import sys; print('Password: ', end='', flush=True); print('got', input())"
    ran = await host.type_in([PYTHON, "-c", script], [("Password: ", Secret("hunter2"))])
    assert ran.out == "Password: got ***\n"
    assert isinstance(host.log, CommandLog)
    assert [line.split(" ")[1] for line in host.log.tail] == ["$", "="]


async def test_getpass_of_a_real_program(host: LocalHost) -> None:
    script = "import getpass, sys; sys.exit(0 if getpass.getpass() == 'hunter2' else 1)"
    assert (await host.type_in([PYTHON, "-c", script], [("Password: ", Secret("hunter2"))])).ok


async def test_stdin_is_a_terminal_without_echo(host: LocalHost) -> None:
    script = "import termios; print(bool(termios.tcgetattr(0)[3] & termios.ECHO))"
    assert (await host.type_in([PYTHON, "-c", script], [])).out == "False\n"


async def test_the_prompt_that_never_comes_is_named(host: LocalHost) -> None:
    with pytest.raises(CommandFailed, match="did not ask “Password: ” within"):
        await host.type_in(["sleep", "300"], [("Password: ", Secret("hunter2"))], timeout=0.3)


async def test_a_program_that_closes_the_terminal_and_goes_on(host: LocalHost) -> None:
    ran = await host.type_in(["sh", "-c", "exec 0<&- 1>&- 2>&-; sleep 0.3; exit 5"], [])
    assert ran.code == 5


async def test_a_program_that_ends_without_asking(host: LocalHost) -> None:
    ran = await host.type_in(["sh", "-c", "echo Domain missing; exit 1"], [("Password: ", Secret("hunter2"))])
    assert (ran.code, ran.out) == (1, "Domain missing\n")


async def test_a_missing_program_is_127(host: LocalHost) -> None:
    assert (await host.type_in(["mailwizard-no-such-program"], [])).code == 127


@pytest.mark.parametrize("password", ["a\nb", "a\x03", "a\x15b", "a\x7f", "x" * 4096])
async def test_what_a_terminal_would_swallow_is_refused(host: LocalHost, password: str) -> None:
    with pytest.raises(HostError, match="Choose another one"):
        await host.type_in(["cat"], [("Password: ", Secret(password))])


async def test_it_is_in_no_argument_list(host: LocalHost) -> None:
    script = "import time; print('Password: ', end='', flush=True); input(); time.sleep(0.3)"
    task = asyncio.create_task(host.type_in([PYTHON, "-c", script], [("Password: ", Secret("hunter2-unique"))]))
    seen: set[bytes] = set()
    while not task.done():
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(path.read_bytes())
            except OSError:  # it ended just now
                continue
        await asyncio.sleep(0.02)
    assert (await task).ok
    assert any(b"Password: " in line for line in seen)
    assert not [line for line in seen if b"hunter2-unique" in line]
