"""Rights through sudo: a stand-in that reads its password as sudo does, since a test may not change who may what.

The real sudo, with a password and without, is met in the lab.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailwizard.errors import HostError
from mailwizard.host import flock
from mailwizard.host.ssh import SshHost, connect
from mailwizard.host.ssh_shell import Rights, Script
from mailwizard.log import CommandLog
from mailwizard.secret import Secret
from tests.unit.host.sshd import Sshd

PASSWORD = Secret("o'pen $esame")
SUDO = """#!/bin/bash
# sudo(8) -S reads one line from standard input, byte by byte; -n asks nobody
while [ "$1" != -- ]; do case "$1" in -S) typed=1 ;; -n) never=1 ;; -p) shift ;; esac; shift; done
shift
echo "We trust you have received the usual lecture." >&2
if [ -e "$(dirname "$0")/asks" ]; then
  [ -z "$never" ] || { echo "sudo: a password is required" >&2; exit 1; }
  IFS= read -r line
  [ "$line" = "o'pen \\$esame" ] || { echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
fi
echo "$*" >>"$(dirname "$0")/calls"
SUDO=1 exec "$@"
"""


@pytest.fixture
async def through_sudo(stopped_sshd: Sshd) -> AsyncIterator[SshHost]:
    """A machine whose every operation goes through sudo, with its password."""
    folder = stopped_sshd.folder / "bin"
    folder.mkdir()
    (folder / "sudo").write_text(SUDO)
    (folder / "sudo").chmod(0o755)
    (folder / "asks").touch()
    stopped_sshd.accept()
    stopped_sshd.start(environment=f"PATH={folder}:{os.environ['PATH']}")
    host = await connect(stopped_sshd.where, CommandLog())
    host.become(Rights(is_root=True, sudo=True, password=PASSWORD))
    yield host
    await host.close()


async def test_everything_goes_through_it(through_sudo: SshHost, stopped_sshd: Sshd, tmp_path: Path) -> None:
    host = through_sudo
    ran = await host.run(["sh", "-c", 'echo "$SUDO"; cat'], stdin=b"input\n", env={"TOKEN": Secret("to ken")})
    assert (ran.out, ran.err) == ("1\ninput\n", "")
    assert (await host.run(["sh", "-c", 'echo "$TOKEN"'], env={"TOKEN": Secret("to ken")})).out == "to ken\n"
    await host.write(str(tmp_path / "file"), b"content\n" * 100_000, mode=0o600)
    assert await host.read(str(tmp_path / "file")) == b"content\n" * 100_000
    let_go = await host.lock(str(tmp_path / "lock"))
    with pytest.raises(Exception, match="Another mailwizard"):
        flock.take(str(tmp_path / "lock"))
    await let_go()
    typed = await host.type_in(
        ["sh", "-c", "printf 'New: '; read x; echo; echo \"$SUDO ${#x}\""], [("New: ", Secret("seven77"))]
    )
    assert typed.out == "New: \n1 7\n"
    calls = (stopped_sshd.folder / "bin/calls").read_text()
    for secret in (PASSWORD.reveal(), "to ken", "seven77"):
        assert secret not in calls
        assert secret not in "\n".join(host.log.tail)


async def test_the_time_out_reaches_through_it(through_sudo: SshHost, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="took longer than 2 s"):
        await through_sudo.run(["sh", "-c", f"echo $$ >{tmp_path}/note; sleep 300; :"], timeout=2)
    pid = int((tmp_path / "note").read_text())
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it still runs")


async def test_a_wrong_password_runs_nothing(through_sudo: SshHost, tmp_path: Path) -> None:
    through_sudo.become(Rights(is_root=True, sudo=True, password=Secret("wrong")))
    with pytest.raises(HostError, match="incorrect password attempt"):
        await through_sudo.run(["touch", str(tmp_path / "file")])
    through_sudo.become(Rights(is_root=True, sudo=True))
    with pytest.raises(HostError, match="a password is required"):
        await through_sudo.write(str(tmp_path / "file"), b"", mode=0o600)
    assert not (tmp_path / "file").exists()


def test_no_password_stands_in_the_command_line() -> None:
    script = Script("echo 'a secret'")
    line = script.loader(Rights(is_root=True, sudo=True, password=PASSWORD))
    assert "esame" not in line
    assert "secret" not in line
    assert script.typed(Rights(is_root=True, sudo=True, password=PASSWORD), b"in").startswith(b"o'pen $esame\n{")
    assert script.typed(Rights(is_root=True), b"in").startswith(b"{")


def test_a_script_that_was_cut_off_runs_nothing(tmp_path: Path) -> None:
    whole = Script(f"touch {tmp_path}/a\ntouch '{tmp_path}/b c'\nexit 7").typed(Rights(is_root=True), b"")
    for end in range(0, len(whole), 7):
        ran = subprocess.run(["bash", "-c", 'eval "$(cat)"'], input=whole[:end], capture_output=True)
        assert ran.returncode != 7
        assert not list(tmp_path.iterdir()), whole[:end]
    assert subprocess.run(["bash", "-c", 'eval "$(cat)"'], input=whole, capture_output=True).returncode == 7
    assert len(list(tmp_path.iterdir())) == 2
