"""The daily script: it makes the same as mailwizard, needs none of its Python, and never commits a secret."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mailwizard.engine import Engine
from mailwizard.finding import Status
from mailwizard.saving.archive import new_identity, opened
from mailwizard.saving.clone import load
from mailwizard.saving.drill import RestoreDrill
from mailwizard.saving.places import SCRIPT_PATH, STATE_PATH
from mailwizard.saving.record import read_record
from mailwizard.saving.remote import parse_remote
from mailwizard.services.backup import Backup
from tests.unit.saving.rooted import DKIM, FILES, PEM, REMOTE, SECRETS, Rooted, answers, git

IDENTITY, RECIPIENT = new_identity()
ALIASES = "/etc/chasquid/domains/example.com/aliases"
USERS = "/etc/chasquid/domains/example.com/users"
ASKED = {"exclude": {}, "plain": {"secrets": "plain"}, "age": {"secrets": "age", "age_recipient": RECIPIENT}}
# age(1) as the script calls it, for a machine that has none
AGE = """#!/usr/bin/env python3
import sys, pyrage
recipient, output, source = sys.argv[3], sys.argv[5], sys.argv[6]
to = [pyrage.x25519.Recipient.from_str(recipient)]
open(output, "wb").write(bytes(pyrage.encrypt(open(source, "rb").read(), to)))
"""

# git, that kills the script before its command of this number
MURDER = """#!/bin/sh
echo >>"$COUNT"
[ "$(wc -l <"$COUNT")" != {at} ] || {{ kill -9 "$PPID"; exit 1; }}
exec {git} "$@"
"""


async def save(server: Rooted, mode: str) -> None:
    result = await Engine(server, [Backup()]).apply(answers(**ASKED[mode]))
    assert result.exit_code == 0, result


def nightly(server: Rooted, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the script as systemd would, the server's folder in the place of /."""
    state = Path(server.path("/var/lib/mailwizard"))
    for name in ("backup.conf", "backup.list"):
        text = (state / name).read_text().replace(str(server.root), "")
        for ours in ("/var/lib/mailwizard", "/etc/mailwizard", "/etc/chasquid"):
            text = text.replace(ours, f"{server.root}{ours}")
        rows = [row.split("\t") for row in text.splitlines()] if name == "backup.list" else []
        listed = "".join(
            f"{row[0]}\t{row[1].replace(str(server.root), '')}\t{server.root}{row[1].replace(str(server.root), '')}\n"
            for row in rows
        )
        (state / name).write_text(listed or text)
    script = server.get(SCRIPT_PATH).replace("--directory=/ ", f"--directory={server.root} ")
    path = f"{server._programs}:{os.environ['PATH']}"
    whole = {"PATH": path, "FORGE": str(server.forge), "MAILWIZARD_STATE": str(state), "HOME": "/nonexistent", **env}
    return subprocess.run(["sh", "-c", script], env=whole, capture_output=True, text=True)


@pytest.mark.parametrize("mode", list(ASKED))
async def test_it_makes_exactly_what_mailwizard_makes(server: Rooted, repository: Path, mode: str) -> None:
    await save(server, mode)
    before = git(repository, "rev-parse", "main^{tree}")
    commit = git(repository, "rev-parse", "main")
    ran = nightly(server)
    assert ran.returncode == 0, ran.stderr
    assert git(repository, "rev-parse", "main^{tree}") == before
    assert git(repository, "rev-parse", "main") == commit  # nothing changed: no commit


@pytest.mark.parametrize("mode", list(ASKED))
async def test_a_change_is_saved_and_can_be_restored(server: Rooted, repository: Path, mode: str) -> None:
    await save(server, mode)
    server.put(ALIASES, "i: you@example.net\n", 0o600)
    Path(server.path("/etc/chasquid/hooks/post-data")).unlink()
    server.put("/var/lib/mailwizard/backup/.git/index.lock", "")  # as a crash leaves it
    assert nightly(server).returncode == 0
    loaded = await load(server, parse_remote(REMOTE))
    entry = next(entry for entry in loaded.contents if entry.path == ALIASES)
    assert (entry.mode, loaded.contents[entry]) == (0o600, b"i: you@example.net\n")
    assert "/etc/chasquid/hooks/post-data" not in {entry.path for entry in loaded.contents}
    assert {finding.status for finding in await Backup().look(server, answers(**ASKED[mode]))} <= {
        Status.OK,
        Status.WARNING,
    }
    assert (await Backup().look(server, answers(**ASKED[mode])))[1].status is Status.OK


async def test_changed_secrets_are_sealed_anew_with_age(server: Rooted, repository: Path) -> None:
    age = server._programs / "age"
    age.write_text(AGE if shutil.which("age") is None else f'#!/bin/sh\nexec {shutil.which("age")} "$@"\n')
    age.chmod(0o755)
    await save(server, "age")
    first = git(repository, "rev-parse", "main:secrets.age")
    server.put(USERS, "users: {}\n", 0o640)
    python = Path(sys.executable).parent
    ran = nightly(server, PATH=f"{server._programs}:{python}:{os.environ['PATH']}")
    assert ran.returncode == 0, ran.stderr
    assert git(repository, "rev-parse", "main:secrets.age") != first
    loaded = await load(server, parse_remote(REMOTE))
    assert loaded.archive is not None
    came = {entry.path: content for entry, content in opened(loaded.archive, IDENTITY).items()}
    assert came[USERS] == b"users: {}\n"
    assert came[DKIM] == PEM.encode()
    assert (await Backup().look(server, answers(**ASKED["age"])))[1].status is Status.OK
    assert not list(Path(server.path("/var/lib/mailwizard")).glob("backup-secrets*"))


@pytest.mark.parametrize("mode", ["exclude", "age"])
async def test_no_secret_is_ever_committed(server: Rooted, repository: Path, mode: str) -> None:
    await save(server, mode)
    server.put(USERS, FILES[USERS][0] + "# more\n", 0o640)
    nightly(server)
    everything = git(repository, "log", "-p", "--all", "--text")
    assert not [secret for secret in SECRETS if secret in everything]


@pytest.mark.parametrize("mode", list(ASKED))
async def test_odd_modes_and_owners_do_not_make_a_backup_that_nobody_can_restore(server: Rooted, mode: str) -> None:
    age = server._programs / "age"
    age.write_text(AGE)
    age.chmod(0o755)
    server.put(ALIASES, "i: me@example.net\n", 0o2666)
    server.put("/etc/chasquid/hooks/post-data", "#!/bin/sh\n", 0o6777)
    server.put(USERS, FILES[USERS][0], 0o1666)
    for path in (ALIASES, DKIM):
        os.chown(server.path(path), 54321, 54321)
    await save(server, mode)
    for _ in range(2):
        loaded = await load(server, parse_remote(REMOTE))
        entries = {one.path: one for one in (*loaded.contents, *loaded.secrets(IDENTITY))}
        assert (entries[ALIASES].mode, entries[ALIASES].owner) == (0o644, "54321")
        assert entries["/etc/chasquid/hooks/post-data"].mode == 0o755
        assert (await Backup().look(server, answers(**ASKED[mode])))[1].status is Status.OK
        if mode == "age":
            assert entries[USERS].mode == 0o644
            await RestoreDrill(answers(**ASKED[mode]), IDENTITY).perform(server, lambda line: None)
            Path(server.path(USERS)).write_text("users: {}\n")
        ran = nightly(server, PATH=f"{server._programs}:{Path(sys.executable).parent}:{os.environ['PATH']}")
        assert ran.returncode == 0, ran.stderr


async def test_an_archive_that_is_gone_is_not_left_out_in_silence(server: Rooted, repository: Path) -> None:
    await save(server, "age")
    commit = git(repository, "rev-parse", "main")
    Path(server.path("/var/lib/mailwizard/backup/secrets.age")).unlink()
    ran = nightly(server, PATH=f"{without_age(server)}:{os.environ['PATH']}")
    assert ran.returncode == 1
    assert "secrets.age is gone" in (await read_record(server)).why
    assert git(repository, "rev-parse", "main") == commit
    await save(server, "age")
    assert git(repository, "show", "main:secrets.age")


def without_age(server: Rooted) -> str:
    """A folder of programs in which age fails."""
    age = server._programs / "age"
    age.write_text("#!/bin/sh\nexit 1\n")
    return str(server._programs)


@pytest.mark.parametrize(
    "leak",
    [
        PEM,
        "ghp_" + "a1" * 18,
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwgg",
        "# hash-of-the-password",
        f"# {SECRETS[0]}\n",
    ],
)
async def test_a_secret_in_an_open_file_stops_it(server: Rooted, repository: Path, leak: str) -> None:
    await save(server, "exclude")
    commit = git(repository, "rev-parse", "main")
    server.put("/etc/chasquid/hooks/post-data", leak, 0o755)
    ran = nightly(server)
    assert ran.returncode == 1
    assert "Nothing was pushed" in (await read_record(server)).why
    assert git(repository, "rev-parse", "main") == commit
    assert (await Backup().look(server, answers()))[0].status is Status.FAILED


CREDENTIALS = "/etc/mailwizard/credentials.env"


async def test_a_variable_is_secret_for_the_script_unless_mailwizard_knew_it_to_be_harmless(
    server: Rooted, repository: Path
) -> None:
    server.put(CREDENTIALS, 'CF_Email="me@example.net"\nCF_Token="cf-token-7f1c9e5b"\nZONE="mail.example.com"\n', 0o600)
    await save(server, "exclude")
    commit = git(repository, "rev-parse", "main")
    assert nightly(server).returncode == 0  # the address and the name stand in the open files, and may
    later = '# OVH_CK=my-consumer-key\nexport OVH_AS="my-app-secret"\nCF_Email="me@example.net"\n'
    server.put(CREDENTIALS, later, 0o600)  # by hand, since mailwizard saved
    hook = "/etc/chasquid/hooks/post-data"
    server.put(hook, "#!/bin/sh\n# my-consumer-key\n", 0o755)
    assert nightly(server).returncode == 0
    server.put(hook, "#!/bin/sh\n# my-app-secret\n", 0o755)
    ran = nightly(server)
    assert ran.returncode == 1 and "The value of OVH_AS" in (await read_record(server)).why
    assert "my-app-secret" not in git(repository, "log", "-p", "--all", "--text") + ran.stderr
    assert git(repository, "rev-parse", "main^") == commit


async def test_what_somebody_else_pushed_is_left_and_told(server: Rooted, repository: Path, tmp_path: Path) -> None:
    await save(server, "exclude")
    work = tmp_path / "somebody"
    git(tmp_path, "clone", "--quiet", str(repository), str(work))
    git(work, "commit", "--quiet", "--allow-empty", "-m", "mine")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    theirs = git(repository, "rev-parse", "main")
    server.put(ALIASES, "i: you@example.net\n", 0o640)
    assert nightly(server).returncode == 1
    assert git(repository, "rev-parse", "main") == theirs
    assert "Somebody else pushed" in (await read_record(server)).why


async def test_a_git_host_that_is_away_is_told(server: Rooted) -> None:
    await save(server, "exclude")
    server.put(ALIASES, "i: you@example.net\n", 0o640)
    ran = nightly(server, SSH_SAYS="ssh: connect to host git.example.org port 22: Connection timed out")
    assert ran.returncode == 1
    assert "did not take the backup" in (await read_record(server)).why
    assert nightly(server).returncode == 0
    assert (await read_record(server)).why == ""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_killed_at_any_of_its_git_commands_it_is_made_good(server: Rooted, repository: Path, at: int) -> None:
    await save(server, "exclude")
    server.put(ALIASES, "i: you@example.net\n", 0o640)
    (server._programs / "git").write_text(MURDER.format(git=shutil.which("git"), at=at))
    (server._programs / "git").chmod(0o755)
    assert nightly(server, COUNT=str(server._programs / "count")).returncode < 0
    (server._programs / "git").unlink()
    found = await Backup().look(server, answers())
    pushed = git(repository, "show", f"main:files{ALIASES}") == "i: you@example.net\n"
    assert pushed or found[0].status is Status.FAILED
    ran = nightly(server)
    assert ran.returncode == 0, ran.stderr
    assert git(repository, "show", f"main:files{ALIASES}") == "i: you@example.net\n"
    assert [finding.status for finding in await Backup().look(server, answers())] == [Status.OK, Status.OK]


async def test_it_waits_for_nobody_and_lets_mailwizard_work(server: Rooted) -> None:
    await save(server, "exclude")
    let_go = await server.lock(server.path("/var/lib/mailwizard/lock"))
    try:
        ran = nightly(server)
    finally:
        await let_go()
    assert ran.returncode == 0
    assert "mailwizard is at work" in ran.stdout


async def test_without_a_backup_it_says_so(server: Rooted) -> None:
    await save(server, "exclude")
    shutil.rmtree(server.path("/var/lib/mailwizard/backup"))
    ran = nightly(server)
    assert ran.returncode == 1
    assert "There is no backup yet" in server.get(STATE_PATH)
