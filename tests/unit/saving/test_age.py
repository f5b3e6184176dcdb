"""Secrets in an encrypted archive."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from mailwizard.commands import backup as command
from mailwizard.engine import Engine
from mailwizard.errors import HostError, UsageError
from mailwizard.saving.archive import WrongIdentity, new_identity, opened, sealed
from mailwizard.saving.clone import load
from mailwizard.saving.drill import RestoreDrill
from mailwizard.saving.identity_file import given_identity, identity_in
from mailwizard.saving.manifest import BrokenBackup, Entry
from mailwizard.saving.record import read_record
from mailwizard.saving.remote import parse_remote
from mailwizard.secret import Secret
from mailwizard.services.backup import Backup
from tests.unit.saving.rooted import DKIM, PEM, REMOTE, SECRETS, Rooted, answers, git

IDENTITY, RECIPIENT = new_identity()
USERS = "/etc/chasquid/domains/example.com/users"


async def save(server: Rooted) -> None:
    result = await Engine(server, [Backup()]).apply(answers(secrets="age", age_recipient=RECIPIENT))
    assert result.exit_code == 0, result


async def test_the_archive_has_every_secret_and_the_rest_has_none(server: Rooted, repository: Path) -> None:
    await save(server)
    loaded = await load(server, parse_remote(REMOTE))
    secrets = {entry.path: content for entry, content in loaded.secrets(IDENTITY).items()}
    assert secrets[DKIM] == PEM.encode()
    assert set(secrets) == {DKIM, USERS, "/etc/mailwizard/credentials.env"}
    clone = repository.parent / "clone"
    git(repository.parent, "clone", "--quiet", str(repository), str(clone))
    everything = b"".join(path.read_bytes() for path in clone.rglob("*") if path.is_file())
    assert not [secret for secret in SECRETS if secret.encode() in everything]


async def test_another_identity_opens_nothing_and_says_so(server: Rooted) -> None:
    await save(server)
    loaded = await load(server, parse_remote(REMOTE))
    with pytest.raises(WrongIdentity, match=r"does not open the backup's secrets.*Nothing was changed"):
        loaded.secrets(new_identity()[0])
    with pytest.raises(WrongIdentity, match="no identity of age"):
        loaded.secrets(Secret("AGE-SECRET-KEY-1X"))


async def test_it_is_encrypted_anew_only_when_a_secret_or_the_recipient_changed(
    server: Rooted, repository: Path
) -> None:
    await save(server)
    first = git(repository, "rev-parse", "main:secrets.age")
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    await save(server)
    assert git(repository, "rev-parse", "main:secrets.age") == first
    server.put(USERS, "users: {}\n", 0o640)
    finding = (await Backup().look(server, answers(secrets="age", age_recipient=RECIPIENT)))[1]
    assert "~ the encrypted secrets" in finding.found
    await save(server)
    assert git(repository, "rev-parse", "main:secrets.age") != first


async def test_an_archive_that_was_exchanged_is_refused(server: Rooted, repository: Path) -> None:
    await save(server)
    work = repository.parent / "work"
    git(repository.parent, "clone", "--quiet", str(repository), str(work))
    (work / "secrets.age").write_bytes(bytes(pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(RECIPIENT)])))
    git(work, "commit", "--quiet", "--all", "-m", "mine")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    with pytest.raises(BrokenBackup, match="not the one that the backup's list names"):
        await load(server, parse_remote(REMOTE))


async def test_the_drill_opens_the_archive_when_it_is_given_the_identity(server: Rooted) -> None:
    await save(server)
    wanted = answers(secrets="age", age_recipient=RECIPIENT)
    assert "the encrypted secrets came back whole" in (await read_record(server)).drill
    told: list[str] = []
    await RestoreDrill(wanted, IDENTITY).perform(server, told.append)
    assert "3 of them encrypted secrets" in told[-1]
    with pytest.raises(WrongIdentity):
        await RestoreDrill(wanted, new_identity()[0]).perform(server, told.append)


async def test_the_drill_finds_what_differs(server: Rooted) -> None:
    await save(server)
    wanted = answers(secrets="age", age_recipient=RECIPIENT)
    server.put(USERS, "users: {}\n", 0o640)
    with pytest.raises(HostError, match=f"is not what lies on this server: ~ {USERS}"):
        await RestoreDrill(wanted, IDENTITY).perform(server, lambda line: None)
    server.put("/etc/chasquid/chasquid.conf", "changed\n")
    with pytest.raises(HostError, match=r"~ /etc/chasquid/chasquid\.conf"):
        await RestoreDrill(wanted).perform(server, lambda line: None)


def packed(change: Callable[[tarfile.TarInfo], None]) -> bytes:
    """An encrypted archive with one odd member."""
    to = io.BytesIO()
    with tarfile.open(fileobj=to, mode="w") as archive:
        facts = tarfile.TarInfo(DKIM.lstrip("/"))
        facts.size = 3
        change(facts)
        archive.addfile(facts, io.BytesIO(b"abc") if facts.isreg() else None)
    return bytes(pyrage.encrypt(to.getvalue(), [pyrage.x25519.Recipient.from_str(RECIPIENT)]))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../etc/shadow"},
        {"name": "etc/shadow"},
        {"name": "/etc/shadow"},
        {"name": "etc/mailwizard/setup.toml"},
        {"type": tarfile.SYMTYPE, "linkname": "/etc/shadow", "size": 0},
        {"type": tarfile.LNKTYPE, "linkname": "etc/shadow", "size": 0},
        {"type": tarfile.CHRTYPE, "devmajor": 1, "size": 0},
        {"type": tarfile.BLKTYPE, "size": 0},
        {"type": tarfile.FIFOTYPE, "size": 0},
        {"type": tarfile.DIRTYPE, "size": 0},
        {"mode": 0o4755},
        {"mode": 0o666},
    ],
)
def test_a_hostile_archive_is_refused(change: dict[str, object]) -> None:
    def odd(facts: tarfile.TarInfo) -> None:
        for key, value in change.items():
            setattr(facts, key, value)

    with pytest.raises(BrokenBackup):
        opened(packed(odd), IDENTITY)


@pytest.mark.parametrize("headers", [{"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}, {"GNU.sparse.map": "a,b"}])
def test_an_archive_with_numbers_that_are_none_is_refused(headers: dict[str, str]) -> None:
    to = io.BytesIO()
    with tarfile.open(fileobj=to, mode="w", format=tarfile.PAX_FORMAT) as archive:
        facts = tarfile.TarInfo(DKIM.lstrip("/"))
        facts.size, facts.pax_headers = 3, headers
        archive.addfile(facts, io.BytesIO(b"abc"))
    with pytest.raises(BrokenBackup):
        opened(bytes(pyrage.encrypt(to.getvalue(), [pyrage.x25519.Recipient.from_str(RECIPIENT)])), IDENTITY)


def test_an_archive_that_is_none() -> None:
    to = [pyrage.x25519.Recipient.from_str(RECIPIENT)]
    with pytest.raises(BrokenBackup, match="no tar archive"):
        opened(bytes(pyrage.encrypt(b"hello" * 500, to)), IDENTITY)
    with pytest.raises(WrongIdentity):
        opened(b"not age at all", IDENTITY)


def test_what_is_sealed_comes_back_with_owner_and_mode() -> None:
    entry = Entry(DKIM, "root", "chasquid", 0o640, "0" * 64)
    (back, content), *_ = opened(sealed([entry], {DKIM: b"abc"}, RECIPIENT), IDENTITY).items()
    assert content == b"abc"
    assert replace(back, sha256=entry.sha256) == entry


def test_a_recipient_that_is_none_is_refused() -> None:
    with pytest.raises(HostError, match="no public key of age"):
        sealed([], {}, "age1x")


def test_an_identity_file_has_one_line() -> None:
    assert identity_in(f"# created\n# public key: x\n{IDENTITY.reveal()}\n", "key") == IDENTITY
    for text in ("", "hello\n", f"{IDENTITY.reveal()}\n{IDENTITY.reveal()}\n"):
        with pytest.raises(UsageError, match="no single line"):
            identity_in(text, "key")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes(pyrage.passphrase.encrypt(b"AGE-SECRET-KEY-1X", "secret")), "encrypted with a passphrase"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "encrypted with a passphrase"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "another kind"),
        (b"AGE-PLUGIN-YUBIKEY-1XYZ\n", "no single line"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
async def test_a_key_of_another_kind_is_told_as_such(tmp_path: Path, content: bytes, words: str) -> None:
    import argparse

    path = tmp_path / "identity"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        await given_identity(argparse.Namespace(identity=str(path)))


def test_a_new_key_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    assert command.run(argparse.Namespace(new_key=True)) == 0
    said = capsys.readouterr().out
    identity = next(line for line in said.splitlines() if line.startswith("AGE-SECRET-KEY-1"))
    recipient = said.split('age_recipient = "')[1].split('"')[0]
    entry = Entry(DKIM, "root", "root", 0o600, "0" * 64)
    assert list(opened(sealed([entry], {DKIM: b"abc"}, recipient), Secret(identity)).values()) == [b"abc"]


def test_a_path_as_long_as_a_domain_may_be_is_sealed() -> None:
    path = f"/etc/chasquid/domains/{'a' * 62}.{'b' * 62}.{'c' * 62}.{'d' * 56}.example/dkim:mw2611.pem"
    entry = Entry(path, "root", "chasquid", 0o640, "0" * 64)
    assert list(opened(sealed([entry], {path: b"abc"}, RECIPIENT), IDENTITY).values()) == [b"abc"]
