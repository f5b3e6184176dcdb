"""Running programs over SSH, with a real server and real programs."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import threading
from pathlib import Path

import pytest
from paramiko import Channel, Message, Transport
from paramiko.common import MSG_CHANNEL_DATA

from mailwizard.errors import CommandFailed, HostError
from mailwizard.host.ssh import SshHost, connect
from mailwizard.log import CommandLog
from mailwizard.secret import Secret
from tests.unit.host.sshd import Sshd


async def until_gone(pid: int) -> None:
    """Returns when the process is gone; fails after a while."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} still runs")


async def until_written(path: Path) -> str:
    """The file's text as soon as it has a whole line; fails after a while."""
    for _ in range(400):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text().strip()
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} was not written")


async def test_output_and_code_come_back(remote: SshHost) -> None:
    ran = await remote.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (ran.code, ran.out, ran.err, ran.ok) == (3, "out\n", "err\n", False)


async def test_large_input_and_output(remote: SshHost) -> None:
    data = "0123456789" * 500_000
    ran = await remote.run(["cat"], stdin=data.encode())
    assert hashlib.sha256(ran.out.encode()).digest() == hashlib.sha256(data.encode()).digest()


async def test_a_program_that_reads_nothing_is_no_trouble(remote: SshHost) -> None:
    assert (await remote.run(["true"], stdin=b"x" * 5_000_000)).ok


async def test_without_stdin_the_program_sees_its_end(remote: SshHost) -> None:
    assert (await remote.run(["cat"])).out == ""


@pytest.mark.parametrize(("argv", "code"), [(["mailwizard-no-such-program"], 127), (["/etc/passwd"], 126)])
async def test_what_cannot_be_run(remote: SshHost, argv: list[str], code: int) -> None:
    assert (await remote.run(argv)).code == code


async def test_a_zero_byte_in_an_argument_is_a_sentence(remote: SshHost) -> None:
    with pytest.raises(CommandFailed, match="could not be started"):
        await remote.run(["echo", "a\0b"])


async def test_no_shell_reads_the_arguments(remote: SshHost) -> None:
    words = ["$HOME; `id` *", "it's", 'a "b"', "", "new\nline", "-n", "grün €", "\\n"]
    ran = await remote.run(["printf", "%s|", *words])
    assert ran.out == "".join(f"{word}|" for word in words)


async def test_a_program_with_the_name_of_a_shell_word_is_run(remote: SshHost) -> None:
    assert (await remote.run(["time"])).code == (await remote.run(["env", "time"])).code
    assert (await remote.run(["if"])).code == 127
    assert (await remote.run(["kill", "--version"])).ok  # bash has a kill of its own, which does not know this


async def test_english_and_the_system_folders(remote: SshHost) -> None:
    shown = dict(line.split("=", 1) for line in (await remote.run(["env"])).out.splitlines() if "=" in line)
    assert shown["LC_ALL"] == "C.UTF-8"
    assert {"/usr/sbin", "/sbin"} <= set(shown["PATH"].split(":"))
    assert "LANG" not in shown
    assert (await remote.run(["sh", "-c", "umask"])).out.strip() == "0022"


async def test_lines_are_reported_as_they_come(remote: SshHost) -> None:
    lines: list[str] = []
    script = "printf 'one\\ntw'; sleep 0.1; printf 'o\\n10%%\\r20%%\\r\\nlast'"
    ran = await remote.run(["sh", "-c", script], report=lines.append)
    assert lines == ["one", "two", "10%", "20%", "last"]
    assert ran.out == "one\ntwo\n10%\r20%\r\nlast"


async def test_a_secret_reaches_the_child_alone(remote: SshHost) -> None:
    secret = Secret("tok en'/42")
    seen: list[str] = []
    script = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; echo; echo \"$TOKEN\" >&2; echo \"$TOKEN\""
    ran = await remote.run(["sh", "-c", script], env={"TOKEN": secret}, report=seen.append)
    *cmdlines, out = ran.out.splitlines()
    assert out == secret.reveal()
    assert "head -c" in "".join(cmdlines)  # the command lines were really seen
    assert secret.reveal() not in "".join(cmdlines) + ran.err + "".join(seen)
    assert secret.reveal() not in "\n".join(remote.log.tail)


async def test_a_daemon_that_keeps_the_pipe_does_not_hold_us_up(remote: SshHost, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    ran = await remote.run(["sh", "-c", f"sleep 300 & echo $! > {note}; echo started"], timeout=60)
    assert (ran.code, ran.out) == (0, "started\n")
    pid = int(note.read_text())
    os.kill(pid, 0)  # what a command leaves running is meant to run
    os.kill(pid, signal.SIGKILL)


async def test_a_network_that_stands_loses_nothing(remote: SshHost, monkeypatch: pytest.MonkeyPatch) -> None:
    feed, came = Channel._feed, threading.Event()

    def feed_late(channel: Channel, message: Message) -> None:
        """The network stands for three seconds before it brings this."""
        if b"late" in message.asbytes():
            came.wait(3)
        feed(channel, message)

    monkeypatch.setitem(Transport._channel_handler_table, MSG_CHANNEL_DATA, feed_late)
    assert (await remote.run(["sh", "-c", "(sleep 0.1; echo late) & exit 0"])).out == "late\n"


async def test_time_out_stops_the_whole_group(remote: SshHost, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(CommandFailed, match="took longer than 2 s"):
        await remote.run(["sh", "-c", f"sleep 300 & echo $! > {note}; wait"], timeout=2)
    await until_gone(int(note.read_text()))


async def test_a_cancelled_run_kills_what_it_started(remote: SshHost, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = asyncio.create_task(remote.run(["sh", "-c", f"sleep 300 & echo $! > {note}; wait"]))
    pid = int(await until_written(note))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_gone(pid)


async def test_many_at_once(remote: SshHost) -> None:
    ran = await asyncio.gather(*(remote.run(["echo", str(number)]) for number in range(30)))
    assert [one.out for one in ran] == [f"{number}\n" for number in range(30)]


async def test_what_a_login_shell_says_is_not_the_programs(stopped_sshd: Sshd) -> None:
    stopped_sshd.accept()
    (stopped_sshd.folder / ".bashrc").write_text("echo Welcome; echo Beware >&2\n")
    stopped_sshd.start()
    host = await connect(stopped_sshd.where, CommandLog())
    ran = await host.run(["sh", "-c", "echo out; echo err >&2"])
    await host.close()
    assert (ran.out, ran.err) == ("out\n", "err\n")


async def test_a_server_that_runs_no_commands_is_a_sentence(stopped_sshd: Sshd) -> None:
    stopped_sshd.accept()
    stopped_sshd.start("ForceCommand echo Only for backups. >&2")
    with pytest.raises(HostError, match=r"does not let mailwizard run commands: Only for backups\."):
        await connect(stopped_sshd.where, CommandLog())


@pytest.mark.parametrize("sessions", [2, 4])
async def test_a_server_that_allows_few_sessions(stopped_sshd: Sshd, sessions: int) -> None:
    stopped_sshd.accept()
    stopped_sshd.start(f"MaxSessions {sessions}")
    host = await connect(stopped_sshd.where, CommandLog())
    let_go = await host.lock(str(stopped_sshd.folder / "lock"))
    assert all(ran.ok for ran in await asyncio.gather(*(host.run(["true"]) for _ in range(8))))
    await let_go()
    await host.close()


async def test_passwords_are_typed_on_a_terminal_without_echo(remote: SshHost) -> None:
    script = "tty; stty -a | grep -o '.echo '; printf 'Password: '; read x; printf 'Again: '; read y; echo; [ $x = $y ]"
    secret = Secret("pass$word 7")
    answers = [("Password: ", secret), ("Again: ", secret)]
    ran = await remote.type_in(["sh", "-c", script.replace("$x = $y", '"$x" = "$y" ')], answers)
    assert ran.code == 0, ran
    assert ran.out.startswith("/dev/pts/")
    assert "-echo" in ran.out
    assert ran.out.endswith("Password: Again: \n")


async def test_a_prompt_that_never_comes(remote: SshHost) -> None:
    with pytest.raises(CommandFailed, match="did not ask “Password: ” within 1 s"):
        await remote.type_in(["sleep", "300"], [("Password: ", Secret("x"))], timeout=1)
