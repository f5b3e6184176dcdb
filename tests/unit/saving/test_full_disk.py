"""A disk that is really full: a small file system in memory, at each number of bytes that are left."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwizard.engine import Engine
from mailwizard.errors import MailwizardError
from mailwizard.finding import Status
from mailwizard.saving.clone import load
from mailwizard.saving.remote import parse_remote
from mailwizard.services.backup import Backup
from tests.unit.saving.rooted import REMOTE, Rooted, answers, git

CONF = "/etc/chasquid/chasquid.conf"
ALL = 700  # KiB; a first backup needs about 400


@pytest.fixture
def small(server: Rooted, tmp_path: Path) -> Iterator[Rooted]:
    """The server, all of whose files lie on the small file system."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ALL}k", "tmpfs", str(disk)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small file system, and not everywhere")
    try:
        made = Rooted(disk / "server", server.forge, server._programs)
        shutil.copytree(server.root, made.root, dirs_exist_ok=True)
        yield made
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def leave(server: Rooted, kibibytes: int) -> Path:
    """Fills the disk up to so much."""
    free = os.statvfs(server.root)
    filler = server.root.parent / "filler"
    filler.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - kibibytes * 1024))
    return filler


@pytest.mark.parametrize("left", [0, 8, 40, 100, 160])
async def test_a_backup_on_a_full_disk_is_told_and_made_good(server: Rooted, small: Rooted, left: int) -> None:
    filler = leave(small, left)
    result = await Engine(small, [Backup()]).apply(answers())
    told = [str(error) for _, error in result.failures] + [finding.fix for finding in result.waiting]
    assert result.exit_code != 0
    assert any("full" in sentence for sentence in told), told
    assert not any("Traceback" in sentence for sentence in told)
    filler.unlink()
    assert (await Engine(small, [Backup()]).apply(answers())).exit_code == 0
    assert [finding.status for finding in await Backup().look(small, answers())] == [Status.OK, Status.OK]


@pytest.mark.parametrize("left", [0, 24, 60])
async def test_a_later_backup_on_a_full_disk_overwrites_nothing(small: Rooted, repository: Path, left: int) -> None:
    assert (await Engine(small, [Backup()]).apply(answers())).exit_code == 0
    before = git(repository, "rev-parse", "main")
    small.put(CONF, "# changed\n" * 6000)
    filler = leave(small, left)
    result = await Engine(small, [Backup()]).apply(answers())
    assert "full" in str(result.failures[0][1])
    assert git(repository, "rev-parse", "main") == before
    filler.unlink()
    assert (await Engine(small, [Backup()]).apply(answers())).exit_code == 0
    assert git(repository, "show", f"main:files{CONF}") == "# changed\n" * 6000


@pytest.mark.parametrize("left", [0, 20, 60])
async def test_fetching_onto_a_full_disk_is_told_and_leaves_nothing_behind(
    server: Rooted, small: Rooted, left: int
) -> None:
    assert (await Engine(server, [Backup()]).apply(answers())).exit_code == 0
    for name in ("backup_key", "backup_key.pub", "backup_known_hosts"):
        small.put(f"/var/lib/mailwizard/{name}", server.get(f"/var/lib/mailwizard/{name}"), 0o600)
    filler = leave(small, left)
    with pytest.raises(MailwizardError, match="full"):
        await load(small, parse_remote(REMOTE))
    assert not Path(small.path("/var/lib/mailwizard/backup-trial")).exists()
    filler.unlink()
    assert (await load(small, parse_remote(REMOTE))).contents
