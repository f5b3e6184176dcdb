"""The history at the git host and the one here: cut short, lost, damaged, raced, and what it may never carry along."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from mailwizard.answers import Answers
from mailwizard.engine import Engine, Result
from mailwizard.finding import Status
from mailwizard.host.protocol import Ran, Report
from mailwizard.saving.archive import new_identity, opened
from mailwizard.saving.clone import load
from mailwizard.saving.places import STATE_PATH, TREE
from mailwizard.saving.record import read_record
from mailwizard.saving.remote import parse_remote
from mailwizard.secret import Secret
from mailwizard.services.backup import Backup
from tests.unit.saving.rooted import DKIM, REMOTE, SECRETS, Rooted, answers, git

CONF = "/etc/chasquid/chasquid.conf"
OTHER = "git@git.example.org:me/other.git"


class Killed(BaseException):
    """kill -9."""


class Mortal(Rooted):
    """A server that is killed before a command of git's, or a write, of this number."""

    left = 10_000

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        if argv[0] == "git":
            self._count()
        return await super().run(argv, stdin=stdin, env=env, timeout=timeout, report=report)

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        self._count()
        await super().write(path, content, mode=mode, owner=owner, group=group)


async def apply(host: Rooted, wanted: Answers, *, on_top: bool = False) -> Result:
    service = Backup()
    service.on_top = on_top
    return await Engine(host, [service]).apply(wanted)


async def saved(host: Rooted, wanted: Answers) -> None:
    result = await apply(host, wanted)
    assert result.exit_code == 0, result


def other_repository(repository: Path) -> Path:
    other = repository.parent / "other.git"
    other.mkdir()
    git(other, "init", "--quiet", "--bare", "-b", "main")
    return other


def everything(repository: Path) -> str:
    return git(repository, "log", "-p", "--all", "--text")


def somebody_pushes(repository: Path) -> str:
    work = repository.parent / "somebody"
    shutil.rmtree(work, ignore_errors=True)
    git(repository.parent, "clone", "--quiet", str(repository), str(work))
    (work / "note.txt").write_text("hello\n")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "mine")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    return git(repository, "rev-parse", "main").strip()


@pytest.mark.parametrize(("first", "step"), [(True, 4), (False, 1)])
async def test_killed_at_any_moment_the_next_backup_is_whole(
    server: Rooted, repository: Path, tmp_path: Path, first: bool, step: int
) -> None:
    mortal = Mortal(tmp_path / "mortal", server.forge, server._programs)
    shutil.copytree(server.root, mortal.root, dirs_exist_ok=True)
    if not first:
        await saved(mortal, answers())
    before, at, killed = git(repository, "for-each-ref"), 0, True
    while killed:
        at += step
        git(repository, "update-ref", "-d", "refs/heads/main") if first else None
        shutil.rmtree(mortal.path("/var/lib/mailwizard"), ignore_errors=True) if first else None
        mortal.put(CONF, f"number {at}\n")
        mortal.left = at
        try:
            await apply(mortal, answers())
            killed = False
        except Killed:
            pass
        mortal.left = 10_000
        await saved(mortal, answers())
        assert git(repository, "show", f"main:files{CONF}") == f"number {at}\n"
        assert (await Backup().look(mortal, answers()))[1].status is Status.OK
    assert at > 15  # git's commands and our writes
    assert before != git(repository, "for-each-ref")


async def broken_head(git_folder: Path) -> None:
    (git_folder / "HEAD").write_text("")


async def broken_branch(git_folder: Path) -> None:
    (git_folder / "refs" / "heads" / "main").write_text("")


async def broken_index(git_folder: Path) -> None:
    (git_folder / "index").write_bytes(b"\0" * 40)


async def broken_objects(git_folder: Path) -> None:
    for path in (git_folder / "objects").glob("??/*"):
        path.chmod(0o600)
        path.write_bytes(b"")


async def barely_begun(git_folder: Path) -> None:
    shutil.rmtree(git_folder)
    git_folder.mkdir()


async def gone(git_folder: Path) -> None:
    shutil.rmtree(git_folder.parent)


@pytest.mark.parametrize("damage", [broken_head, broken_branch, broken_index, broken_objects, barely_begun, gone])
async def test_a_damaged_work_tree_is_mended_from_the_git_host(
    server: Rooted, repository: Path, damage: object
) -> None:
    await saved(server, answers())
    old = git(repository, "rev-parse", "main").strip()
    assert callable(damage)
    await damage(Path(server.path(TREE)) / ".git")
    server.put(CONF, "changed\n")
    await saved(server, answers())
    assert old in git(repository, "log", "--format=%H", "main").split()
    assert git(repository, "show", f"main:files{CONF}") == "changed\n"


async def test_what_is_pushed_between_looking_and_pushing_is_not_overwritten(
    server: Rooted, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saved(server, answers())
    run = server.run
    theirs: list[str] = []

    async def raced(argv: Sequence[str], **how: object) -> Ran:
        if argv[0] == "git" and "push" in argv and not theirs:
            theirs.append(somebody_pushes(repository))
        return await run(argv, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(server, "run", raced)
    server.put(CONF, "changed\n")
    result = await apply(server, answers())
    assert "Somebody else pushed" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main").strip() == theirs[0]
    assert (await apply(server, answers(), on_top=True)).exit_code == 0
    assert theirs[0] in git(repository, "log", "--format=%H", "main").split()
    assert git(repository, "show", f"main:files{CONF}") == "changed\n"
    assert (await Backup().plan(server, answers())) == []


async def test_secrets_of_former_times_do_not_go_along_to_another_repository(server: Rooted, repository: Path) -> None:
    await saved(server, answers(secrets="plain"))
    other = other_repository(repository)
    server.pages["https://git.example.org/me/other.git/info/refs?service=git-upload-pack"] = (
        200,
        b"001e# service=git-upload-pack\n0000",
    )
    await saved(server, answers(remote=OTHER))
    assert not [secret for secret in SECRETS if secret in everything(other)]
    assert git(other, "show", f"main:files{CONF}")


async def test_nor_to_one_that_was_used_before(server: Rooted, repository: Path) -> None:
    other = other_repository(repository)
    await saved(server, answers(remote=OTHER))
    await saved(server, answers(secrets="plain"))
    server.put(CONF, "changed\n")
    await saved(server, answers(remote=OTHER))
    assert not [secret for secret in SECRETS if secret in everything(other)]
    assert git(other, "show", f"main:files{CONF}") == "changed\n"


async def test_secrets_in_the_history_are_told_and_never_made_public(server: Rooted, repository: Path) -> None:
    await saved(server, answers(secrets="plain"))
    await saved(server, answers())
    finding = (await Backup().look(server, answers()))[0]
    assert (finding.status, finding.cause) == (Status.WARNING, "secrets_in_the_open")
    assert "its history holds" in finding.found[-1]
    await server.run(["rm", "-rf", TREE, STATE_PATH])  # as on a new server
    await saved(server, answers())
    assert (await read_record(server)).bared == "yes"
    server.pages["https://git.example.org/me/conf.git/info/refs?service=git-upload-pack"] = (
        200,
        b"001e# service=git-upload-pack\n0000",
    )
    commit = git(repository, "rev-parse", "main")
    server.put(CONF, "changed\n")
    result = await apply(server, answers())
    assert "is public, and its history holds secrets" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main") == commit
    other_repository(repository)
    await saved(server, answers(remote=OTHER))
    assert (await Backup().look(server, answers(remote=OTHER)))[0].status is Status.OK


async def test_an_archive_for_a_key_that_was_taken_back_is_not_kept(server: Rooted) -> None:
    (mine, recipient), (_, taken_back) = new_identity(), new_identity()
    await saved(server, answers(secrets="age", age_recipient=recipient))
    server.env["SSH_SAYS"] = "ssh: connect to host git.example.org port 22: Connection timed out"
    result = await apply(server, answers(secrets="age", age_recipient=taken_back))
    server.env["SSH_SAYS"] = ""
    assert result.failures
    run = server.run

    async def unreachable(argv: Sequence[str], **how: object) -> Ran:
        ran = await run(argv, **how)  # type: ignore[arg-type]
        cut = argv[0] == "git" and "commit" in argv
        return Ran(ran.argv, 128, "", "fatal: unable to write new index file") if cut else ran

    server.run = unreachable  # type: ignore[method-assign]
    assert (await apply(server, answers(secrets="age", age_recipient=taken_back))).failures
    server.run = run  # type: ignore[method-assign]
    await saved(server, answers(secrets="age", age_recipient=recipient))
    archive = (await load(server, parse_remote(REMOTE))).archive
    assert archive is not None
    assert DKIM in {entry.path for entry in opened(archive, mine)}


@pytest.mark.parametrize(
    "attributes",
    ["* text eol=crlf\n", "* filter=evil ident\n", "*.conf working-tree-encoding=UTF-16\n", "* export-subst\n"],
)
async def test_attributes_of_the_repository_change_no_file(server: Rooted, repository: Path, attributes: str) -> None:
    server.put(CONF, "# $Id$\nhostname: x\n")
    await saved(server, answers())
    work = repository.parent / "somebody"
    git(repository.parent, "clone", "--quiet", str(repository), str(work))
    (work / ".gitattributes").write_text(attributes)
    (work / "files" / ".gitattributes").write_text(attributes)
    git(work, "add", "--all", ".gitattributes")
    git(work, "commit", "--quiet", "-m", "mine", ".gitattributes")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    loaded = await load(server, parse_remote(REMOTE))
    assert next(content for entry, content in loaded.contents.items() if entry.path == CONF).startswith(b"# $Id$\nhost")
