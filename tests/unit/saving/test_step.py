"""The step Backup on a server in a folder, with real git."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mailwizard.answers import Answers
from mailwizard.answers import Backup as BackupAnswers
from mailwizard.change import Change
from mailwizard.engine import Engine, Result
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host
from mailwizard.saving.places import STATE_PATH
from mailwizard.services.backup import Backup
from tests.unit.saving.rooted import DKIM, FILES, HOST_KEY, PEM, SECRETS, TOKEN, Rooted, answers, git


async def apply(host: Host, wanted: Answers) -> Result:
    return await Engine(host, [Backup()]).apply(wanted)


async def looked(host: Host, wanted: Answers) -> dict[str, Finding]:
    return {finding.id: finding for finding in await Backup().look(host, wanted)}


def titles(changes: list[Change]) -> list[str]:
    return [change.title for change in changes]


def names(repository: Path) -> list[str]:
    return git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()


async def test_without_a_remote_there_is_nothing_to_do(server: Rooted) -> None:
    wanted = replace(answers(), backup=BackupAnswers())
    assert await Backup().plan(server, wanted) == []
    assert {finding.status for finding in await Backup().look(server, wanted)} == {Status.SKIPPED}


async def test_the_first_backup_is_made_and_tried(server: Rooted, repository: Path) -> None:
    result = await apply(server, answers())
    assert result.exit_code == 0, result
    kept = {f"files{path}" for path in FILES} - {
        f"files{path}" for path in FILES if "users" in path or "dkim" in path or ".env" in path
    }
    assert kept <= set(names(repository))
    assert not [name for name in names(repository) if "users" in name or "dkim" in name or "credentials" in name]
    manifest = json.loads(git(repository, "show", "main:mailwizard-backup.json"))
    hook = next(entry for entry in manifest["files"] if entry["path"] == "/etc/chasquid/hooks/post-data")
    assert (hook["mode"], hook["kind"]) == ("0755", "chasquid")
    found = await looked(server, answers())
    assert [finding.status for finding in found.values()] == [Status.OK, Status.OK]
    assert "came back as they are" in " ".join(found["backup.repository"].found)
    assert await Backup().plan(server, answers()) == []


async def test_nothing_secret_is_pushed(server: Rooted, repository: Path) -> None:
    await apply(server, answers())
    everything = git(repository, "log", "-p", "--all")
    assert not [secret for secret in SECRETS if secret in everything]


async def test_a_change_is_found_and_saved(server: Rooted, repository: Path) -> None:
    await apply(server, answers())
    server.put("/etc/chasquid/domains/example.com/aliases", "i: you@example.net\n", 0o640)
    fresh = (await looked(server, answers()))["backup.fresh"]
    assert fresh.status is Status.WARNING
    assert "~ /etc/chasquid/domains/example.com/aliases" in fresh.found
    assert (await apply(server, answers())).exit_code == 0
    assert git(repository, "show", "main:files/etc/chasquid/domains/example.com/aliases") == "i: you@example.net\n"
    assert (await looked(server, answers()))["backup.fresh"].status is Status.OK


async def test_a_file_that_is_gone_is_gone_from_the_backup(server: Rooted, repository: Path) -> None:
    await apply(server, answers())
    Path(server.path("/etc/chasquid/hooks/post-data")).unlink()
    assert "- /etc/chasquid/hooks/post-data" in (await looked(server, answers()))["backup.fresh"].found
    await apply(server, answers())
    assert "files/etc/chasquid/hooks/post-data" not in names(repository)


async def test_until_the_key_is_accepted_it_waits_and_shows_the_key(server: Rooted) -> None:
    server.env["SSH_SAYS"] = ""
    await Backup().plan(server, answers())
    server.env["SSH_SAYS"] = ""
    for change in await Backup().plan(server, answers()):
        await change.perform(server, lambda line: None)
    server.env["SSH_SAYS"] = "git@git.example.org: Permission denied (publickey)."
    result = await apply(server, answers())
    assert result.exit_code == 3
    public = server.get("/var/lib/mailwizard/backup_key.pub").strip()
    waiting = {finding.id: finding for finding in result.waiting}["backup.repository"]
    assert waiting.cause == "key_not_accepted"
    assert public in waiting.fix
    assert "Deploy keys" in waiting.fix
    assert "PRIVATE" not in public


@pytest.mark.parametrize(
    ("says", "cause", "status"),
    [
        ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", "host_key", Status.FAILED),
        ("Host key verification failed.", "host_key", Status.FAILED),
        ("ssh: connect to host git.example.org port 22: Connection timed out", "unreachable", Status.UNKNOWN),
        ("ssh: Could not resolve hostname git.example.org: Name or service not known", "unreachable", Status.UNKNOWN),
        ("ERROR: Repository not found.", "no_repository", Status.FAILED),
        ("ERROR: The key you are authenticating with has been marked as read only.", "read_only", Status.FAILED),
    ],
)
async def test_what_the_git_host_says_becomes_a_sentence(server: Rooted, says: str, cause: str, status: Status) -> None:
    for change in await Backup().plan(server, answers()):
        await change.perform(server, lambda line: None)
    server.env["SSH_SAYS"] = says
    found = (await looked(server, answers()))["backup.repository"]
    assert (found.cause, found.status) == (cause, status)
    assert found.fix.endswith(".") or "ssh-ed25519" in found.fix
    assert await Backup().plan(server, answers()) == []


async def test_a_key_that_may_only_read_is_told_before_anything_is_written(server: Rooted) -> None:
    server.env["SSH_READ_ONLY"] = "1"
    result = await apply(server, answers())
    assert [finding.cause for finding in result.waiting] == ["read_only"]


async def test_a_host_key_on_first_sight_stands_in_the_plan_and_is_pinned(server: Rooted) -> None:
    plan = await Backup().plan(server, answers())
    pin = next(change for change in plan if "known_hosts" in change.title)
    assert "SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g" in pin.detail
    await apply(server, answers())
    assert server.get("/var/lib/mailwizard/backup_known_hosts") == f"git.example.org {HOST_KEY}\n"


async def test_published_host_keys_need_no_first_sight(server: Rooted) -> None:
    plan = await Backup().plan(server, answers(remote="git@github.com:me/conf.git"))
    pin = next(change for change in plan if "known_hosts" in change.title)
    assert "GitHub publishes" in pin.detail
    assert (
        "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
        in await pin.diff(server)
    )
    assert not [words for words in server.ran if words[0] == "ssh-keyscan"]


async def test_missing_packages_are_installed_first(server: Rooted) -> None:
    server.packages.clear()
    assert "Install git and openssh-client" in titles(await Backup().plan(server, answers()))
    assert (await looked(server, answers()))["backup.repository"].found == ("git, openssh-client not installed yet",)


async def test_a_repository_with_something_else_in_it_is_refused(
    server: Rooted, repository: Path, tmp_path: Path
) -> None:
    await pushed_by_somebody(repository, tmp_path, {"code.py": "print()"})
    before = git(repository, "rev-parse", "main")
    result = await apply(server, answers())
    assert result.exit_code == 1
    assert "neither empty nor a mailwizard backup" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main") == before
    assert "neither empty nor" in (await looked(server, answers()))["backup.repository"].fix


async def test_the_backup_of_another_server_is_not_overwritten(server: Rooted, repository: Path) -> None:
    await apply(server, replace(answers(), server=replace(answers().server, hostname="other.example.com")))
    await server.run(["rm", "-rf", "/var/lib/mailwizard/backup", STATE_PATH])
    result = await apply(server, answers())
    assert "holds the backup of another server, other.example.com" in str(result.failures[0][1])


async def test_what_somebody_else_pushed_is_never_overwritten(server: Rooted, repository: Path, tmp_path: Path) -> None:
    await apply(server, answers())
    await pushed_by_somebody(repository, tmp_path, {"note.txt": "hello"})
    theirs = git(repository, "rev-parse", "main").strip()
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    result = await apply(server, answers())
    assert result.exit_code == 1
    assert "Somebody else pushed" in str(result.failures[0][1])
    assert "by eve" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main").strip() == theirs
    on_top = Backup()
    on_top.on_top = True
    assert (await Engine(server, [on_top]).apply(answers())).exit_code == 0
    assert theirs in git(repository, "log", "--format=%H", "main").split()
    assert git(repository, "show", "main:files/etc/chasquid/chasquid.conf") == "changed\n"


async def test_a_new_server_of_the_same_name_goes_on_after_the_old_one(server: Rooted, repository: Path) -> None:
    await apply(server, answers())
    old = git(repository, "rev-parse", "main").strip()
    for path in ("/var/lib/mailwizard/backup", "/var/lib/mailwizard/backup-state"):
        await server.run(["rm", "-rf", path])
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    assert (await apply(server, answers())).exit_code == 0
    assert old in git(repository, "log", "--format=%H", "main").split()


async def test_locks_that_a_crash_left_are_cleared(server: Rooted) -> None:
    await apply(server, answers())
    server.put("/var/lib/mailwizard/backup/.git/index.lock", "")
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    assert (await apply(server, answers())).exit_code == 0


async def test_a_full_disk_loses_nothing(server: Rooted, repository: Path) -> None:
    await apply(server, answers())
    before = git(repository, "rev-parse", "main")
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    server.full = True
    result = await apply(server, answers())
    assert "The disk is full" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main") == before
    server.full = False
    assert (await apply(server, answers())).exit_code == 0
    assert git(repository, "show", "main:files/etc/chasquid/chasquid.conf") == "changed\n"


@pytest.mark.parametrize("leak", [PEM, f"# {TOKEN}\n", "# hash-of-the-password\n"])
async def test_a_secret_in_an_open_file_stops_everything(server: Rooted, repository: Path, leak: str) -> None:
    server.put("/etc/chasquid/hooks/post-data", f"#!/bin/sh\n{leak}", 0o755)
    result = await apply(server, answers())
    assert "files/etc/chasquid/hooks/post-data holds a secret" in str(result.failures[0][1])
    assert leak.strip() not in str(result.failures[0][1])
    assert git(repository, "for-each-ref") == ""


async def test_secrets_never_go_to_a_public_repository(server: Rooted, repository: Path) -> None:
    page = "https://git.example.org/me/conf.git/info/refs?service=git-upload-pack"
    server.pages[page] = (200, b"001e# service=git-upload-pack\n0000")
    result = await apply(server, answers(secrets="plain"))
    assert [finding.cause for finding in result.waiting] == ["public"]
    assert git(repository, "for-each-ref") == ""
    assert (await apply(server, answers(secrets="exclude"))).exit_code == 0


async def test_plain_is_done_with_a_warning(server: Rooted, repository: Path) -> None:
    await apply(server, answers(secrets="plain"))
    assert git(repository, "show", f"main:files{DKIM}") == PEM
    found = (await looked(server, answers(secrets="plain")))["backup.repository"]
    assert (found.status, found.cause) == (Status.WARNING, "secrets_in_the_open")


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\u2028b", "a\x1b[31mb", "\udcff", " "])
async def test_a_file_of_somebody_elses_with_an_odd_name_is_no_obstacle(server: Rooted, name: str) -> None:
    server.put(f"/etc/systemd/system/{name}", "")
    server.put(f"/etc/chasquid/domains/example.com/{name}", "")
    assert (await apply(server, answers())).exit_code == 0
    assert (await looked(server, answers()))["backup.fresh"].status is Status.OK


async def test_an_ordinary_user_is_told_that_it_cannot_be_seen() -> None:
    host = ImaginaryHost({STATE_PATH: "remote=x\n"}, root=False)
    host.disk.entries["/var/lib/mailwizard"] = replace(host.disk.entries["/var/lib/mailwizard"], mode=0o700)
    assert {finding.status for finding in await Backup().look(host, answers())} == {Status.UNKNOWN}
    assert await Backup().plan(host, answers()) == []


async def test_an_old_backup_is_a_warning(server: Rooted) -> None:
    await apply(server, answers())
    record = server.get(STATE_PATH)
    pushed = next(line for line in record.splitlines() if line.startswith("pushed="))
    server.put(STATE_PATH, record.replace(pushed, "pushed=2020-01-01T00:00:00Z"))
    assert (await looked(server, answers()))["backup.fresh"].cause == "old"


async def test_the_remote_is_asked_only_while_no_good_push_is_known(server: Rooted) -> None:
    await apply(server, answers())
    server.ran.clear()
    await Backup().look(server, answers())
    await Backup().plan(server, answers())
    assert not [words for words in server.ran if words[0] == "git"]


async def pushed_by_somebody(repository: Path, tmp_path: Path, files: dict[str, str]) -> None:
    work = tmp_path / "somebody"
    git(tmp_path, "clone", "--quiet", str(repository), str(work))
    for name, text in files.items():
        (work / name).write_text(text)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "mine")
    git(work, "push", "--quiet", "origin", "HEAD:main")
