"""Whom we talk to and who we are: host keys, private keys, passphrases, with a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwizard.errors import Unreachable
from mailwizard.host.ssh import connect
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.terminal import type_answers
from mailwizard.log import CommandLog
from mailwizard.secret import Secret
from tests.unit.host.sshd import USER, Sshd

ROOT = Path(__file__).parents[3]
SCRIPT = """
import asyncio, sys
from mailwizard.errors import MailwizardError
from mailwizard.host.ssh import connect
from mailwizard.log import CommandLog
async def main():
    try:
        host = await connect(sys.argv[1], CommandLog())
    except MailwizardError as error:
        print("said:", error)
        return
    print("in as", (await host.run(["id", "-un"])).out)
    await host.close()
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asker, "can_ask", False)


async def typed(where: str, answers: list[tuple[str, Secret]]) -> str:
    """What a program that connects prints on a terminal."""
    env = {"HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT), "SSH_AUTH_SOCK": ""}
    ran = await type_answers([sys.executable, "-c", SCRIPT, where], answers, env=env, timeout=60)
    return ran.out


async def lets_in(sshd: Sshd) -> bool:
    host = await connect(sshd.where, CommandLog())
    ran = await host.run(["id", "-un"])
    await host.close()
    return ran.out.strip() == USER


async def test_a_key_that_was_never_accepted(stopped_sshd: Sshd) -> None:
    stopped_sshd.start()
    fingerprint = subprocess.run(
        ["ssh-keygen", "-l", "-f", stopped_sshd.folder / "host_key.pub"], capture_output=True, text=True
    ).stdout.split()[1]
    with pytest.raises(Unreachable, match="was never accepted here") as refused:
        await connect(stopped_sshd.where, CommandLog())
    assert fingerprint in str(refused.value)
    assert f"`ssh -p {stopped_sshd.port} {USER}@127.0.0.1`" in str(refused.value)
    assert not stopped_sshd.known_hosts.exists()


async def test_a_key_that_changed(sshd: Sshd) -> None:
    assert await lets_in(sshd)
    sshd.stop()
    sshd.renew()
    sshd.start()
    with pytest.raises(Unreachable, match="DANGER") as refused:
        await connect(sshd.where, CommandLog())
    assert "ssh-keygen -R" in str(refused.value)
    log = (sshd.folder / "log").read_text()
    assert "Accepted" not in log.split("Server listening")[-1]  # nobody logged in


async def test_a_machine_with_another_key_besides_the_accepted_one(stopped_sshd: Sshd) -> None:
    stopped_sshd.accept()
    other = stopped_sshd.folder / "other_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", other], check=True)
    stopped_sshd.known_hosts.write_text(
        f"[127.0.0.1]:{stopped_sshd.port} {' '.join((other.with_suffix('.pub')).read_text().split()[:2])}\n"
    )
    stopped_sshd.start(f"HostKey {other}")
    assert await lets_in(stopped_sshd)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
async def test_the_users_default_keys(sshd: Sshd, kind: str) -> None:
    for file in (sshd.home / ".ssh").glob("id_*"):
        file.unlink()
    key = sshd.home / f".ssh/id_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key], check=True)
    with pytest.raises(Unreachable, match=r"accepts none of your keys\. Check that `ssh -p"):
        await connect(sshd.where, CommandLog())
    shutil.copy(f"{key}.pub", sshd.folder / "authorized_keys")
    assert await lets_in(sshd)


async def test_too_many_keys_for_the_server(sshd: Sshd) -> None:
    sshd.stop()
    sshd.start("MaxAuthTries 1")
    (sshd.home / ".ssh/id_ed25519").rename(sshd.home / ".ssh/the_right_one")
    for kind in ("rsa", "ecdsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", sshd.home / f".ssh/id_{kind}"], check=True)
    with pytest.raises(Unreachable, match=r"hung up during the login.* name the right one in ~/\.ssh/config"):
        await connect(sshd.where, CommandLog())
    (sshd.home / ".ssh/config").write_text("Host *\n IdentityFile ~/.ssh/the_right_one\n IdentitiesOnly yes\n")
    assert await lets_in(sshd)


async def test_a_key_that_the_config_names(sshd: Sshd) -> None:
    (sshd.home / ".ssh/id_ed25519").rename(sshd.home / ".ssh/other")
    with pytest.raises(Unreachable, match="accepts none of your keys"):
        await connect(sshd.where, CommandLog())
    (sshd.home / ".ssh/config").write_text(
        f"Host vps\n HostName 127.0.0.1\n Port {sshd.port}\n User {USER}\n IdentityFile ~/.ssh/other\n"
    )
    host = await connect("vps", CommandLog())
    assert host.label == f"{USER}@vps port {sshd.port}"
    await host.close()


async def test_a_file_that_holds_no_key_is_passed_over(sshd: Sshd) -> None:
    (sshd.home / ".ssh/id_rsa").write_text("no key at all\n")
    (sshd.home / ".ssh/id_ecdsa").write_bytes(bytes(range(256)))
    assert await lets_in(sshd)


@pytest.fixture
def agent(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An agent of the user's own, without keys."""
    path = sshd.folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield path
    process.terminate()
    process.wait()


def until_added(keys: list[Path]) -> None:
    """The agent has the keys, once it listens."""
    for _ in range(100):
        if subprocess.run(["ssh-add", "-q", *keys]).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError("the agent takes no keys")


async def test_a_key_in_the_agent(sshd: Sshd, agent: Path) -> None:
    key = sshd.home / ".ssh/id_ed25519"
    until_added([key])
    key.unlink()
    assert await lets_in(sshd)
    Path(f"{key}.pub").rename(sshd.home / ".ssh/else.pub")
    (sshd.home / ".ssh/else").touch()
    config = sshd.home / ".ssh/config"
    config.write_text("Host *\n IdentitiesOnly yes\n IdentityFile ~/.ssh/else\n")
    assert await lets_in(sshd)
    (sshd.home / ".ssh/else.pub").unlink()
    with pytest.raises(Unreachable, match="accepts none of your keys"):
        await connect(sshd.where, CommandLog())


async def test_of_the_agents_keys_the_named_one_is_tried_first(sshd: Sshd, agent: Path) -> None:
    others = [sshd.folder / f"other{number}" for number in range(3)]
    for other in others:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    until_added([*others, sshd.home / ".ssh/id_ed25519"])
    sshd.stop()
    sshd.start("MaxAuthTries 2")
    assert await lets_in(sshd)


async def test_a_passphrase_is_asked_on_the_terminal(sshd: Sshd) -> None:
    key = sshd.home / ".ssh/id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", key], check=True)
    with pytest.raises(Unreachable, match="accepts none of your keys"):
        await connect(sshd.where, CommandLog())
    question = f"Passphrase of the key {key}: "
    said = await typed(sshd.where, [(question, Secret("wrong one")), (question, Secret("open sesame"))])
    assert f"in as {USER}" in said, said
    assert "sesame" not in said


async def test_no_passphrase_is_asked_when_another_key_does(sshd: Sshd) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "locked", "-f", sshd.home / ".ssh/id_rsa"], check=True)
    said = await typed(sshd.where, [])
    assert f"in as {USER}" in said, said
    assert "Passphrase" not in said


async def test_nothing_listens(stopped_sshd: Sshd) -> None:
    with pytest.raises(Unreachable, match="refuses the connection: no SSH server runs there"):
        await connect(stopped_sshd.where, CommandLog())


async def test_something_else_listens(stopped_sshd: Sshd) -> None:
    script = (
        "import socket; s = socket.create_server(('127.0.0.1', int(__import__('sys').argv[1]))); print(flush=True);"
    )
    script += "c = s.accept()[0]; c.sendall(b'220 mail.example ESMTP\\r\\n'); c.close()"
    other = subprocess.Popen([sys.executable, "-c", script, str(stopped_sshd.port)], stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    with pytest.raises(Unreachable, match="does not speak SSH with us"):
        await connect(stopped_sshd.where, CommandLog())
    other.wait()
    other.stdout.close()


async def test_a_name_that_does_not_exist(stopped_sshd: Sshd) -> None:
    with pytest.raises(Unreachable, match=r"nowhere\.invalid is not found in the DNS"):
        await connect("root@nowhere.invalid", CommandLog())
