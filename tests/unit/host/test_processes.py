"""Running programs on this machine, with real ones."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailwizard.errors import CommandFailed
from mailwizard.host import processes
from mailwizard.host.local import LocalHost
from mailwizard.host.processes import Output
from mailwizard.log import CommandLog
from mailwizard.secret import Secret

PYTHON = sys.executable


@pytest.fixture
def host() -> LocalHost:
    return LocalHost(CommandLog())


async def until_gone(pid: int) -> None:
    """Returns when the process is gone or only waits for its parent; fails after a while."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} still runs")


async def until_written(path: Path) -> str:
    for _ in range(200):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text().strip()
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} was not written")


async def test_output_and_code_come_back(host: LocalHost) -> None:
    ran = await host.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (ran.code, ran.out, ran.err, ran.ok) == (3, "out\n", "err\n", False)
    with pytest.raises(CommandFailed, match="ended with 3: err"):
        ran.must()


async def test_stdin_is_handed_over_whole(host: LocalHost) -> None:
    data = b"0123456789" * 100_000
    ran = await host.run(["sha256sum"], stdin=data)
    import hashlib

    assert ran.out.split()[0] == hashlib.sha256(data).hexdigest()


async def test_a_program_that_reads_nothing_is_no_trouble(host: LocalHost) -> None:
    assert (await host.run(["true"], stdin=b"x" * 1_000_000)).ok


async def test_without_stdin_the_program_sees_its_end(host: LocalHost) -> None:
    assert (await host.run(["cat"])).out == ""


async def test_large_output_without_a_newline(host: LocalHost) -> None:
    ran = await host.run([PYTHON, "-c", "print('x' * 3_000_000, end='')"])
    assert len(ran.out) == 3_000_000


@pytest.mark.parametrize(("argv", "code"), [(["mailwizard-no-such-program"], 127), (["/etc/passwd"], 126)])
async def test_what_cannot_be_run(host: LocalHost, argv: list[str], code: int) -> None:
    assert (await host.run(argv)).code == code


async def test_a_zero_byte_in_an_argument_is_a_sentence(host: LocalHost) -> None:
    with pytest.raises(CommandFailed, match="could not be started"):
        await host.run(["echo", "a\0b"])


async def test_no_shell_reads_the_arguments(host: LocalHost) -> None:
    assert (await host.run(["echo", "$HOME; `id` *"])).out == "$HOME; `id` *\n"


async def test_english_and_the_system_folders(host: LocalHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    monkeypatch.setenv("PATH", "/opt/own/bin:/usr/bin")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    shown = dict(line.split("=", 1) for line in (await host.run(["env"])).out.splitlines() if "=" in line)
    assert shown["LC_ALL"] == "C.UTF-8"
    assert shown["PATH"].split(":")[:2] == ["/opt/own/bin", "/usr/bin"]
    assert {"/usr/sbin", "/sbin"} <= set(shown["PATH"].split(":"))
    assert not {"LANG", "LC_MESSAGES", "PYTHONPATH"} & set(shown)


@pytest.mark.parametrize("ours", [0o077, 0o000])
async def test_what_a_program_makes_can_be_read_by_those_who_need_it(host: LocalHost, ours: int) -> None:
    before = os.umask(ours)
    try:
        assert (await host.run(["sh", "-c", "umask"])).out.strip() == "0022"
        assert (await host.type_in(["sh", "-c", "umask"], [])).out.strip() == "0022"
    finally:
        os.umask(before)


async def test_lines_are_reported_as_they_come(host: LocalHost) -> None:
    lines: list[str] = []
    script = "printf 'one\\ntw'; sleep 0.1; printf 'o\\n10%%\\r20%%\\r\\nlast'"
    ran = await host.run(["sh", "-c", script], report=lines.append)
    assert lines == ["one", "two", "10%", "20%", "last"]
    assert ran.out == "one\ntwo\n10%\r20%\r\nlast"


def test_a_character_cut_in_two_by_the_pipe() -> None:
    lines: list[str] = []
    output = Output(lines.append)
    for byte in "grün €\n".encode():
        output.feed(bytes([byte]))
    output.feed(b"\xff!", final=True)
    assert lines == ["grün €", "\\xff!"]
    assert output.text == "grün €\n\\xff!"


async def test_a_secret_reaches_the_child_alone(host: LocalHost) -> None:
    secret = Secret("tok en/42")
    seen: list[str] = []
    script = 'tr "\\0" " " </proc/$$/cmdline; echo; echo "$TOKEN" >&2; echo "$TOKEN"'
    ran = await host.run(["sh", "-c", script], env={"TOKEN": secret}, report=seen.append)
    cmdline, out = ran.out.splitlines()
    assert out == "tok en/42"
    assert "tok en/42" not in cmdline + ran.err + "".join(seen)
    assert isinstance(host.log, CommandLog)
    assert "tok en/42" not in "\n".join(host.log.tail)


async def test_a_daemon_that_keeps_the_pipe_does_not_hold_us_up(host: LocalHost, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    ran = await host.run(["sh", "-c", f"sleep 300 & echo $! > {note}; echo started"], timeout=60)
    assert (ran.code, ran.out) == (0, "started\n")
    pid = int(note.read_text())
    os.kill(pid, 0)  # what a command leaves running is meant to run
    os.kill(pid, signal.SIGKILL)


async def test_time_out_stops_the_whole_group(host: LocalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_GRACE", 0.2)
    note = tmp_path / "pid"
    stubborn = f"trap '' TERM; (trap '' TERM; sleep 300 & echo $! > {note}; wait) & wait; wait"
    with pytest.raises(CommandFailed, match=r"took longer than 0\.5 s"):
        await host.run(["sh", "-c", stubborn], timeout=0.5)
    await until_gone(int(await until_written(note)))


async def test_a_cancelled_run_kills_what_it_started(host: LocalHost, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = asyncio.create_task(host.run(["sh", "-c", f"sleep 300 & echo $! > {note}; wait"]))
    pid = int(await until_written(note))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_gone(pid)


def test_a_program_that_was_cancelled_is_gone_before_the_loop_is() -> None:
    code = """
import asyncio
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog
async def main(seconds):
    task = asyncio.ensure_future(LocalHost(CommandLog()).run(["sleep", "300"]))
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.wait([task])
for number in range(100):
    asyncio.run(main(number / 2000))
import time
time.sleep(0.5)
"""
    ran = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, cwd=Path.cwd(), timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


async def test_killed_by_a_signal(host: LocalHost) -> None:
    assert (await host.run(["sh", "-c", "kill -9 $$"])).code == -9


_INTERRUPTED = """
import asyncio, signal, sys
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog
async def main():
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)
    ran = await LocalHost(CommandLog()).run(["sh", "-c", "echo $$ > %s; sleep 1; echo whole"])
    print(ran.code, ran.out)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
async def test_a_signal_to_our_group_does_not_reach_the_child(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "pid"
    ours = subprocess.Popen(
        [PYTHON, "-c", _INTERRUPTED % note], start_new_session=True, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    await until_written(note)
    os.killpg(ours.pid, number)  # as the terminal does for Ctrl+C and for a lost connection
    out, _ = await asyncio.to_thread(ours.communicate, timeout=60)
    assert out == "0 whole\n\n"


async def test_many_at_once(host: LocalHost) -> None:
    ran = await asyncio.gather(*(host.run(["echo", str(number)]) for number in range(40)))
    assert [int(one.out) for one in ran] == list(range(40))
