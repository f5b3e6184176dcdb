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
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.ssh_shell import Rights, Script
from mailwizard.host.ssh_sudo import by_password
from mailwizard.log import CommandLog
from mailwizard.secret import Secret
from tests.unit.host.sshd import USER, Sshd

PASSWORD = Secret("o'pen $esame")
SUDO = """#!/bin/bash
# sudo(8) -S reads one line from standard input, byte by byte; -n asks nobody
while [ "$1" != -- ]; do case "$1" in -S) typed=1 ;; -n) never=1 ;; -p) shift ;; esac; shift; done
shift
echo "We trust you have received the usual lecture." >&2
if [ -e "$(dirname "$0")/asks" ]; then
  [ -z "$never" ] || { echo "sudo: a password is required" >&2; exit 1; }
  for try in 1 2 3; do
    IFS= read -r line || break
    echo try >>"$(dirname "$0")/tries"
    [ "$line" != "o'pen \\$esame" ] || right=1
    [ -z "$right" ] || break
    echo "Sorry, try again." >&2
  done
  [ -n "$right" ] || { echo "sudo: $try incorrect password attempts" >&2; exit 1; }
  [ ! -e "$(dirname "$0")/forbids" ] || { cat "$(dirname "$0")/forbids" >&2; exit 1; }
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


class Typing(Asker):
    """A user who answers; what is asked is in `questions`."""

    can_ask = True

    def __init__(self, *answers: Secret) -> None:
        super().__init__()
        self.answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: str) -> Secret | None:
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


class Nobody(Asker):
    """No terminal."""

    can_ask = False


def tries(sshd: Sshd) -> int:
    """How many passwords sudo was given."""
    file = sshd.folder / "bin/tries"
    count = len(file.read_text().splitlines()) if file.exists() else 0
    file.unlink(missing_ok=True)
    return count


@pytest.mark.skipif(os.geteuid() != 0, reason="the stand-in makes nobody root")
async def test_a_mistyped_password_is_asked_for_again_and_counts_once(
    through_sudo: SshHost, stopped_sshd: Sshd
) -> None:
    user, connection = Typing(Secret("wrong"), PASSWORD), through_sudo.connection
    rights = await by_password(connection, user, "?")
    assert (rights.is_root, rights.password) == (True, PASSWORD)
    assert "sudo did not accept this" in user.questions[1]
    assert tries(stopped_sshd) == 3  # the wrong one, the right one, and once more to be root
    login = Typing()
    login.keep("?", PASSWORD)
    assert (await by_password(connection, login, "?")).is_root
    assert login.questions == []


@pytest.mark.parametrize(
    "words",
    [
        "ops is not in the sudoers file.",
        "Sorry, user ops may not run sudo on vmi1.",
        "sudo: I'm sorry ops. I'm afraid I can't do that",  # sudo-rs, which Ubuntu has from 25.10 on
    ],
)
async def test_who_is_no_sudoer_is_not_asked_again(through_sudo: SshHost, stopped_sshd: Sshd, words: str) -> None:
    (stopped_sshd.folder / "bin/forbids").write_text(f"{words}\n")
    user = Typing(PASSWORD, PASSWORD)
    rights = await by_password(through_sudo.connection, user, "?")
    assert (rights.is_root, len(user.questions), tries(stopped_sshd)) == (False, 1, 1)
    assert rights.way_to_root == f"log in as root, or give {USER} the right to use sudo"


async def test_without_a_terminal_it_is_told_that_sudo_wants_a_password(through_sudo: SshHost) -> None:
    rights = await by_password(through_sudo.connection, Nobody(), "?")
    assert rights.way_to_root == f"start it on a terminal, for {USER}'s sudo wants a password"


async def test_a_wrong_password_runs_nothing(through_sudo: SshHost, tmp_path: Path) -> None:
    through_sudo.become(Rights(is_root=True, sudo=True, password=Secret("wrong")))
    with pytest.raises(HostError, match="incorrect password attempts"):
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
