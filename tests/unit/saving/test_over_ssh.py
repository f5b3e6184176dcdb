"""The backup over a real ssh to a real sshd on this machine: what goes wrong there, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwizard.answers import Answers
from mailwizard.engine import Engine, Result
from mailwizard.finding import Finding, Status
from mailwizard.saving.clone import load
from mailwizard.saving.git import Git
from mailwizard.saving.git_hosts import git_hosts
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.remote import parse_remote
from mailwizard.services.backup import Backup
from tests.unit.host.sshd import SSHD, USER, Sshd, prepared
from tests.unit.saving.rooted import Rooted, answers, git

CONF = "/etc/chasquid/chasquid.conf"
KNOWN_HOSTS = "/var/lib/mailwizard/backup_known_hosts"


@pytest.fixture
def forge_sshd(tmp_path: Path, server: Rooted) -> Iterator[Sshd]:
    """A git host that takes no key yet; `server` has the machine's own ssh."""
    if SSHD is None:
        pytest.skip("there is no sshd on this machine: apt-get install openssh-server")
    (server._programs / "ssh").unlink()
    (server._programs / "ssh-keyscan").unlink()
    made = prepared(tmp_path / "sshd")
    (made.folder / "authorized_keys").write_text("")
    made.start()
    yield made
    made.stop()


def wanted(sshd: Sshd, repository: Path) -> Answers:
    return answers(remote=f"ssh://{USER}@127.0.0.1:{sshd.port}{repository}")


async def apply(server: Rooted, asked: Answers) -> Result:
    return await Engine(server, [Backup()]).apply(asked)


async def looked(server: Rooted, asked: Answers) -> Finding:
    return (await Backup().look(server, asked))[0]


def accept(sshd: Sshd, server: Rooted, options: str = "") -> None:
    (sshd.folder / "authorized_keys").write_text(options + server.get("/var/lib/mailwizard/backup_key.pub"))


async def backed_up(server: Rooted, sshd: Sshd, repository: Path) -> Answers:
    asked = wanted(sshd, repository)
    assert (await apply(server, asked)).exit_code == 3
    accept(sshd, server)
    result = await apply(server, asked)
    assert result.exit_code == 0, result
    return asked


async def test_from_a_key_that_is_not_accepted_to_a_backup_that_was_tried(
    server: Rooted, forge_sshd: Sshd, repository: Path
) -> None:
    asked = wanted(forge_sshd, repository)
    waits = (await apply(server, asked)).waiting
    assert [finding.cause for finding in waits] == ["key_not_accepted"]
    assert server.get("/var/lib/mailwizard/backup_key.pub").strip() in waits[0].fix
    accept(forge_sshd, server)
    assert (await apply(server, asked)).exit_code == 0
    assert (await looked(server, asked)).status is Status.OK
    assert forge_sshd.host_key() in server.get(KNOWN_HOSTS)
    assert len((await load(server, parse_remote(asked.backup.remote))).contents) > 3


async def test_a_host_key_that_changed(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    asked = await backed_up(server, forge_sshd, repository)
    before, pinned = git(repository, "rev-parse", "main"), server.get(KNOWN_HOSTS)
    forge_sshd.stop()
    forge_sshd.renew()
    forge_sshd.start()
    server.put(CONF, "changed\n")
    for _ in range(2):  # and it stays so: nothing takes the new key by itself
        result = await apply(server, asked)
        told = [str(error) for _, error in result.failures] + [finding.fix for finding in result.waiting]
        assert told
        assert all("shows another host key than the one in" in sentence for sentence in told)
    assert git(repository, "rev-parse", "main") == before
    assert server.get(KNOWN_HOSTS) == pinned
    with pytest.raises(GitFailed, match="another host key"):
        await load(server, parse_remote(asked.backup.remote))


async def test_a_host_key_of_another_kind(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    asked = await backed_up(server, forge_sshd, repository)
    ecdsa = next(key for key in git_hosts()[0].keys if key.startswith("ecdsa"))
    server.put(KNOWN_HOSTS, f"[127.0.0.1]:{forge_sshd.port} {ecdsa}\n", 0o600)
    server.put(CONF, "changed\n")
    result = await apply(server, asked)
    assert "shows another host key than the one in" in str(result.failures[0][1])
    server.put(KNOWN_HOSTS, "", 0o600)
    with pytest.raises(GitFailed, match=r"of which nothing stands in /var/lib/mailwizard/backup_known_hosts"):
        await Git(server, "/", parse_remote(asked.backup.remote)).heads()


async def test_a_host_that_is_away(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    asked = await backed_up(server, forge_sshd, repository)
    forge_sshd.stop()
    server.put(CONF, "changed\n")
    result = await apply(server, asked)
    assert "could not be reached" in str(result.failures[0][1])
    found = await looked(server, asked)
    assert (found.status, found.cause) == (Status.UNKNOWN, "unreachable")
    forge_sshd.start()
    assert (await apply(server, asked)).exit_code == 0
    assert git(repository, "show", f"main:files{CONF}") == "changed\n"


async def test_a_host_that_was_never_there(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    forge_sshd.stop()
    asked = wanted(forge_sshd, repository)
    result = await apply(server, asked)
    assert not result.failures, result
    assert [finding.cause for finding in [await looked(server, asked)]] == ["unreachable"]
    assert not Path(server.path(KNOWN_HOSTS)).exists()


async def test_a_git_host_with_a_full_disk_or_a_hook_that_says_no(
    server: Rooted, forge_sshd: Sshd, repository: Path
) -> None:
    asked = await backed_up(server, forge_sshd, repository)
    hook = repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf 'no: \\033[31m pushes on Tuesdays\\n'\nexit 1\n")
    hook.chmod(0o755)
    server.put(CONF, "changed\n")
    result = await apply(server, asked)
    assert "refused the push" in str(result.failures[0][1])
    assert "\x1b" not in str(result.failures[0][1])


async def test_a_repository_that_is_not_there(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    asked = await backed_up(server, forge_sshd, repository)
    repository.rename(f"{repository}.away")
    server.put(CONF, "changed\n")
    result = await apply(server, asked)
    assert "has no repository" in str(result.failures[0][1])


async def test_somebody_whose_git_host_runs_nothing_of_ours(server: Rooted, forge_sshd: Sshd, repository: Path) -> None:
    """A git host that answers with something else than git."""
    asked = wanted(forge_sshd, repository)
    await apply(server, asked)
    accept(forge_sshd, server, 'command="echo Welcome to this shell; cat /etc/motd" ')
    found = await looked(server, asked)
    assert found.status is not Status.OK
    assert found.fix.endswith(".")
