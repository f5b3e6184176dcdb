"""Connections that a program carries, as ProxyCommand and ProxyJump want it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from mailwizard.errors import Unreachable
from mailwizard.host import ssh_connection
from mailwizard.host.ssh import connect
from mailwizard.log import CommandLog
from tests.unit.host.sshd import USER, Sshd

CARRY = """
import os, socket, sys, threading
made = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
open(sys.argv[2], "a").write(f"{os.getpid()}\\n")
sys.stderr.write("a word of the way\\n" * 20_000)  # more than a pipe holds
def back():
    while data := made.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    made.sendall(data)
"""


def through(sshd: Sshd, command: str) -> str:
    """The name of the server, to which the user's own configuration leads through `command`."""
    lines = ["Host vps", " HostName 127.0.0.1", f" Port {sshd.port}", f" User {USER}", f" ProxyCommand {command}"]
    (sshd.home / ".ssh/config").write_text("\n".join(lines) + "\n")
    return "vps"


@pytest.fixture
def way(sshd: Sshd) -> str:
    """The server's name; `sshd.folder / "pids"` has the programs that carried its connections."""
    (sshd.home / "carry.py").write_text(CARRY)
    # a shell reads it, as ssh_config(5) says: the variable is for that shell
    return through(sshd, f'{sys.executable} "$HOME/carry.py" %p {sshd.folder}/pids')


def pids(sshd: Sshd) -> list[int]:
    """The programs, oldest first."""
    return [int(line) for line in (sshd.folder / "pids").read_text().split()]


async def until_over(pid: int) -> None:
    """Returns when the process is gone and was waited for; fails after a while."""
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} still runs")


async def test_much_goes_through_it_and_it_ends_with_the_connection(sshd: Sshd, way: str) -> None:
    host = await connect(way, CommandLog())
    data = "0123456789" * 300_000
    assert (await host.run(["cat"], stdin=data.encode())).out == data
    assert await host.address_from_here() == ""
    await host.close()
    await until_over(pids(sshd)[0])


async def test_its_death_is_noticed_and_it_is_started_again(
    sshd: Sshd, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_connection, "_PAUSE", 0.2)
    host = await connect(way, CommandLog())
    running = asyncio.create_task(host.run(["sleep", "300"]))
    await asyncio.sleep(1)
    os.kill(pids(sshd)[0], signal.SIGKILL)
    with pytest.raises(Unreachable, match="the connection was lost"):
        await running
    assert (await host.run(["echo", "here"])).out == "here\n"
    assert len(pids(sshd)) == 2
    await host.close()


async def test_keys_of_the_terminal_do_not_end_it(sshd: Sshd, way: str) -> None:
    host = await connect(way, CommandLog())
    status = Path(f"/proc/{pids(sshd)[0]}/status").read_text()
    ignored = int(status.split("SigIgn:")[1].split()[0], 16)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        assert ignored & (1 << (number - 1)), number
    await host.close()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "sh -c 'echo gate: Permission denied, publickey. >&2; exit 255'",
            "failed: gate: Permission denied, publickey",
        ),
        ("/nowhere/at-all", "/nowhere/at-all"),
        ("true", r"`true`, from ~/\.ssh/config\) failed\. Check `ssh"),
    ],
)
async def test_a_way_that_fails_says_why(sshd: Sshd, command: str, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        await connect(through(sshd, command), CommandLog())
