"""A command from outside: signals, and standard streams that are closed, full, or read by nobody any more."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailwizard.errors import BusyError, HostError, UsageError
from mailwizard.running import run

ROOT = Path(__file__).parents[2]
SLOW = """
import asyncio, sys
from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.engine import Engine
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.running import run, wait_for

class Slow:
    kind = "slow"
    detail = ""
    def __init__(self, number): self.title = f"change {number}"
    async def diff(self, host): return ""
    async def inverse(self, host): return None
    def as_json(self): return {"kind": "slow"}
    async def perform(self, host, report):
        print("begun", self.title, flush=True)
        await asyncio.sleep(0.5)
        print("made", self.title, flush=True)

class Service:
    name, title, needs = "slow", "Slow", frozenset()
    async def look(self, host, answers): return []
    async def plan(self, host, answers): return [Slow(1), Slow(2)]

async def work():
    host = ImaginaryHost(files={})
    try:
        await Engine(host, [Service()]).apply(Answers())
    finally:
        journal = (await host.read("/var/lib/mailwizard/journal.jsonl")).decode()
        print(journal.count("made"), "in the journal", flush=True)
    return 0

sys.exit(run(lambda: wait_for(work)))
"""


def started(*, ignored: signal.Signals | None = None) -> subprocess.Popen[str]:
    """The slow program, its first change in hand."""
    program = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: _as_a_terminal_would(ignored),
    )
    assert program.stdout and program.stdout.readline() == "begun change 1\n"
    return program


def _as_a_terminal_would(ignored: signal.Signals | None) -> None:
    """The tests themselves may run under nohup: what is ignored there would be ignored by the program as well."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number is ignored else signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_change_in_hand_be_finished_and_written_down(number: signal.Signals) -> None:
    program = started()
    program.send_signal(number)
    program.send_signal(number)  # the second does not cut it in half either
    out, err = program.communicate(timeout=30)
    assert out.splitlines() == ["made change 1", "1 in the journal"]
    assert err.splitlines() == [
        "mailwizard: Stopping. What is in hand is finished first.",
        "mailwizard: Stopped. Start again to go on from here.",
    ]
    assert program.returncode == 1


def test_under_nohup_a_lost_terminal_stops_nothing() -> None:
    program = started(ignored=signal.SIGHUP)
    program.send_signal(signal.SIGHUP)
    out, err = program.communicate(timeout=30)
    assert "made change 2" in out and "Stopped" not in err


def test_an_error_has_its_own_exit_code_or_that_of_the_command() -> None:
    def raises(error: Exception) -> int:
        raise error

    assert run(lambda: raises(HostError("It is gone."))) == 1
    assert run(lambda: raises(HostError("It is gone.")), fault=3) == 3
    assert run(lambda: raises(UsageError("No.")), fault=3) == 2
    assert run(lambda: raises(BusyError("Busy.")), fault=3) == 4


def printing(
    redirection: str, code: str = "print('x' * 100000); return 0", fault: int = 1
) -> subprocess.CompletedProcess[str]:
    """A command that prints much, run by a shell with `redirection`; the exit code is that of the command itself."""
    program = (
        "import sys\nfrom mailwizard import streams\nfrom mailwizard.running import run\nstreams.complete()\n"
        f"def work():\n    {code}\nsys.exit(run(work, fault={fault}))"
    )
    shell = f'set -o pipefail; "$0" -c "$1" {redirection}'
    return subprocess.run(["bash", "-c", shell, sys.executable, program], capture_output=True, text=True, cwd=ROOT)


def test_a_reader_that_had_enough_is_no_error_to_talk_about() -> None:
    ran = printing("| head -c 1")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("x", "", 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_result_that_finds_no_room_is_told() -> None:
    ran = printing(">/dev/full")
    assert ran.returncode == 1 and ran.stderr.startswith("mailwizard: The result could not be printed: No space left")
    assert len(ran.stderr.splitlines()) == 1


def test_what_a_terminal_has_no_character_for_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    ran = printing("| cat", "print('m\\u00fcnchen \\u201cx\\u201d'); return 0")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("m\\xfcnchen \\u201cx\\u201d\n", "", 0)


def test_health_that_could_not_be_printed_is_no_warning() -> None:
    for redirection in (">/dev/full", "| head -c 1"):
        assert printing(redirection, fault=3).returncode == 3


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(closed: str) -> None:
    ran = printing(closed, "print(sys.stdin.read(), file=sys.stderr); print('result'); return 0")
    assert ran.returncode == 0 and "Traceback" not in ran.stderr


def test_what_is_opened_later_does_not_take_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    file = tmp_path / "log"
    ran = printing("<&- >&- 2>&-", f"open({str(file)!r}, 'w').close(); print('result'); return 0")
    assert ran.returncode == 0 and file.read_text() == ""


@pytest.mark.parametrize("closed", ["2> >(true)", "2>/dev/full", "2>&-"])
def test_where_nobody_listens_the_work_goes_on(closed: str) -> None:
    code = "import time; time.sleep(0.2); [streams.tell('word ' * 99) for _ in range(999)]; print('done'); return 0"
    ran = printing(closed, code)
    assert (ran.stdout, ran.returncode) == ("done\n", 0)
