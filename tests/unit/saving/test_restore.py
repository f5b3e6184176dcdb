"""Restoring onto a new server, and everything that must never be restored."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailwizard.commands import restore
from mailwizard.engine import Engine
from mailwizard.errors import HostError, UsageError
from mailwizard.host.protocol import Host
from mailwizard.saving.clone import Loaded, checked, load
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.manifest import BrokenBackup, Entry, parse
from mailwizard.saving.remote import parse_remote
from mailwizard.saving.restore import to_restore
from mailwizard.services.backup import Backup
from tests.unit.saving.hostile import SETUP, entry, manifest, push, push_tree
from tests.unit.saving.rooted import DKIM, FILES, PEM, REMOTE, SECRETS, Rooted, answers, git

NewServer = Callable[[str], Rooted]


def files_of(server: Rooted) -> dict[str, str]:
    """What lies on a server, without the backup's own folder and the deploy key."""
    found = {}
    for path in sorted(server.root.rglob("*")):
        name = f"/{path.relative_to(server.root)}"
        if path.is_file() and not name.startswith(("/var/lib/mailwizard/backup", "/var/lib/mailwizard/lock")):
            found[name] = path.read_text(errors="replace")
    return found


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs `mailwizard restore` on a server in a folder; the DNS is not asked."""

    def run(server: Rooted, *identity: str) -> int:
        @asynccontextmanager
        async def reached(args: argparse.Namespace) -> AsyncIterator[Host]:
            yield server

        async def looked(host: Host, answers: object) -> list[str]:
            return ["waiting: example.com: A record (dns.a)"]

        async def own(host: Host) -> frozenset[str]:
            return frozenset({"203.0.113.9"})

        monkeypatch.setattr(restore, "reached", reached)
        monkeypatch.setattr(restore, "_looked", looked)
        monkeypatch.setattr(restore, "own_addresses", own)
        return restore.run(argparse.Namespace(url=REMOTE, identity=identity[0] if identity else None, host=""))

    return run


@pytest.fixture
def whole(server: Rooted) -> Rooted:
    """A server with answers that can be used."""
    server.put("/etc/mailwizard/setup.toml", SETUP.decode())
    return server


def backed_up(server: Rooted, **backup: str) -> None:
    import asyncio

    result = asyncio.run(Engine(server, [Backup()]).apply(answers(**backup)))
    assert result.exit_code == 0, result


def test_a_backup_comes_back_onto_a_new_server(
    whole: Rooted, new_server: NewServer, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    backed_up(whole, secrets="plain")
    fresh = new_server("fresh")
    assert command(fresh) == 0
    came = files_of(fresh)
    expected = {path: text for path, (text, _) in FILES.items() if "systemd" not in path}
    expected["/etc/mailwizard/setup.toml"] = SETUP.decode()
    journal = came.pop("/var/lib/mailwizard/journal.jsonl")
    assert came == expected
    assert not [secret for secret in SECRETS if secret in journal]
    assert Path(fresh.path(DKIM)).stat().st_mode & 0o777 == 0o640
    assert Path(fresh.path("/etc/chasquid/hooks/post-data")).stat().st_mode & 0o777 == 0o755
    said = capsys.readouterr()
    assert "Go on with `mailwizard apply`" in said.out
    assert "waiting: example.com: A record" in said.err
    assert command(fresh) == 0  # once more: nothing to do


def test_with_excluded_secrets_it_says_what_that_means(
    whole: Rooted, new_server: NewServer, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    backed_up(whole)
    fresh = new_server("fresh")
    assert command(fresh) == 0
    assert DKIM not in files_of(fresh)
    assert "publish the DKIM record again" in capsys.readouterr().out


def test_a_server_with_files_of_its_own_is_left_alone(
    whole: Rooted, new_server: NewServer, command: Callable[..., int]
) -> None:
    backed_up(whole, secrets="plain")
    fresh = new_server("fresh")
    fresh.put(DKIM, PEM.replace("Q29", "R29"))
    before = files_of(fresh)
    with pytest.raises(HostError, match=r"This server has other files than the backup: .*dkim:mw2611\.pem"):
        command(fresh)
    after = files_of(fresh)
    after.pop("/var/lib/mailwizard/journal.jsonl")  # the deploy key and the pinned host key stand there
    assert after == before


def test_a_key_that_is_not_accepted_is_shown_and_waited_for(
    whole: Rooted, new_server: NewServer, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    backed_up(whole)
    fresh = new_server("fresh")
    for_the_scan = fresh.path("/var/lib/mailwizard/backup_known_hosts")
    Path(for_the_scan).parent.mkdir(parents=True)
    Path(for_the_scan).write_text(whole.get("/var/lib/mailwizard/backup_known_hosts"))
    fresh.env["SSH_SAYS"] = "git@git.example.org: Permission denied (publickey)."
    assert command(fresh) == 3
    said = capsys.readouterr().out
    assert fresh.get("/var/lib/mailwizard/backup_key.pub").strip() in said
    assert "git.example.org" in said


def test_an_address_that_is_no_git_address_is_refused() -> None:
    with pytest.raises(UsageError, match="no git address"):
        restore.run(argparse.Namespace(url="https://github.com/me/conf", identity=None, host=""))
    with pytest.raises(UsageError, match="no git address"):
        restore.run(argparse.Namespace(url="ext::sh -c id", identity=None, host=""))


async def loading(server: Rooted) -> None:
    """What `restore` does before it writes anything."""
    for change in await Backup().plan(server, answers()):
        await change.perform(server, lambda line: None)
    before = files_of(server)
    try:
        await load(server, parse_remote(REMOTE))
    finally:
        assert files_of(server) == before
        assert not Path(server.path("/var/lib/mailwizard/backup-trial")).exists()


async def test_an_empty_repository(new_server: NewServer) -> None:
    with pytest.raises(GitFailed, match="is empty: there is no backup in it"):
        await loading(new_server("fresh"))


async def test_a_repository_with_another_branch_only(new_server: NewServer, repository: Path) -> None:
    push(repository, {"mailwizard-backup.json": manifest(entry())})
    git(repository, "branch", "-m", "main", "master")
    with pytest.raises(GitFailed, match="has the branch “master” and none that is called main"):
        await loading(new_server("fresh"))


async def test_a_repository_of_something_else(new_server: NewServer, repository: Path) -> None:
    push(repository, {"code.py": b"print()"})
    with pytest.raises(BrokenBackup, match="no mailwizard backup: it has no mailwizard-backup"):
        await loading(new_server("fresh"))


@pytest.mark.parametrize(
    "path",
    [
        *("../../etc/shadow", "/etc/shadow", "/etc/mailwizard/../shadow", "/etc/chasquid/domains/../../shadow"),
        *("/root/.ssh/authorized_keys", "/etc/cron.d/x", "/etc/chasquid//chasquid.conf", "etc/chasquid/chasquid.conf"),
        *("/var/lib/mailwizard/backup_key", "/etc/systemd/system/evil.service", "/etc/chasquid/domains/.git/config"),
        *("/etc/chasquid/chasquid.conf\n", "/etc/chasquid/domains/a\x00b/users", "", 7, None, ["/etc/shadow"]),
        *("/etc/chasquid/hooks/" + "a" * 500, "/etc/chasquid/hooks/" + "a" * 240, "/etc/chasquid/hooks/\ud800"),
        *("/etc/chasquid/hooks/\x1b[2J", "/etc/chasquid/hooks/\u202etxt", "/etc/chasquid/hooks/ä", "\ud800"),
        *("/etc/chasquid/hooks/a b", "/etc/chasquid/domains/x/y/users", "/etc/sudoers.d/mailwizard-x"),
    ],
)
def test_a_path_that_is_none_of_a_mail_servers(path: object) -> None:
    with pytest.raises(BrokenBackup, match="where none of a mail server's lies"):
        parse(manifest(entry() | {"path": path}))


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "4755"},
        {"mode": "0666"},
        {"mode": 493},
        {"owner": "root; rm -rf /"},
        {"group": "../x"},
        {"sha256": "0"},
        {"kind": "secret"},
        {"kind": None},
        {"link": "/etc/shadow"},
        {"device": "8:0"},
    ],
)
def test_a_file_that_is_described_oddly(change: dict[str, object]) -> None:
    with pytest.raises(BrokenBackup):
        parse(manifest(entry() | change))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * 3_000_000,
        manifest(schema=2),
        manifest(schema="1"),
        manifest(kind="something else"),
        manifest(secrets="all"),
        manifest(secrets="age"),
        manifest(server="../x"),
        manifest(files={}),
        manifest(files=["x"]),
        manifest(more=1),
        manifest(entry(), entry()),
        manifest(entry("/etc/mailwizard/credentials.env", kind="secret")),
        manifest(*[entry(f"/etc/chasquid/hooks/h{number}") for number in range(5001)]),
    ],
)
def test_a_manifest_that_cannot_be_used(content: bytes) -> None:
    with pytest.raises(BrokenBackup):
        parse(content)


def test_a_file_that_is_also_a_folder_is_refused_before_anything_is_written() -> None:
    acme = "/var/lib/mailwizard/acme/a"
    files = {Entry(path, "root", "root", 0o600, "0" * 64): b"" for path in (acme, f"{acme}/b")}
    with pytest.raises(BrokenBackup, match="in a folder that it also has as a file"):
        to_restore(Loaded(parse(manifest(entry())), {}), files, "")


@pytest.mark.parametrize("name", ["files/etc/mailwizard/setup.toml", "mailwizard-backup.json", "files/etc/chasquid"])
async def test_links_are_refused_and_never_made(new_server: NewServer, repository: Path, name: str) -> None:
    files = {"mailwizard-backup.json": manifest(entry())} if "json" not in name else {"x": b""}
    push(repository, files, {name: "/etc/shadow"})
    with pytest.raises(BrokenBackup, match="is no plain file"):
        await loading(new_server("fresh"))


async def test_submodules_are_refused(new_server: NewServer, repository: Path) -> None:
    push_tree(repository, f"160000 commit {'1' * 40}\tfiles\n100644 blob BLOB\tmailwizard-backup.json\n")
    with pytest.raises(BrokenBackup, match="is no plain file"):
        await loading(new_server("fresh"))


@pytest.mark.parametrize("folder", ["..", ".git"])
async def test_a_tree_that_leads_outside_is_not_even_fetched(
    new_server: NewServer, repository: Path, folder: str
) -> None:
    push_tree(repository, f"040000 tree TREE\t{folder}\n100644 blob BLOB\tmailwizard-backup.json\n")
    with pytest.raises(HostError):
        await loading(new_server("fresh"))


async def test_a_file_that_is_not_what_the_list_says(new_server: NewServer, repository: Path) -> None:
    tampered = {"mailwizard-backup.json": manifest(entry()), "files/etc/mailwizard/setup.toml": SETUP + b"# more\n"}
    push(repository, tampered)
    with pytest.raises(BrokenBackup, match="is not the file that its list names"):
        await loading(new_server("fresh"))


async def test_a_file_that_is_listed_and_missing(new_server: NewServer, repository: Path) -> None:
    push(repository, {"mailwizard-backup.json": manifest(entry())})
    with pytest.raises(BrokenBackup, match="is not in the repository"):
        await loading(new_server("fresh"))


def test_files_that_are_too_big_or_too_many() -> None:
    listed = "100644 blob {0} {1}\t{2}\0"
    with pytest.raises(BrokenBackup, match="more than any such file"):
        checked(listed.format("a" * 40, 9_000_000, "files/etc/chasquid/chasquid.conf"))
    with pytest.raises(BrokenBackup, match="more than any mail server's"):
        checked("".join(listed.format("a" * 40, 1, f"files/{number}") for number in range(5001)))
    with pytest.raises(BrokenBackup, match="together are bigger"):  # one blob of zeros, named a thousand times
        rows = (listed.format("a" * 40, 1_900_000, f"files/etc/chasquid/hooks/h{number}") for number in range(1000))
        checked("".join(rows))


def test_other_files_of_the_users_are_left_alone() -> None:
    rows = ("100644 blob a 1\tLICENSE", "120000 blob a 1\tlink", "100644 blob a 1\tmailwizard-backup.json")
    listing = "".join(f"{row}\x00" for row in rows)
    assert checked(listing) == ["mailwizard-backup.json"]
