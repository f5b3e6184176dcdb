"""Files on a real disk: whole or not at all, with owner and mode."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwizard.errors import BusyError, FileMissing, FileUnreadable, HostError
from mailwizard.host import disk
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import text_of
from mailwizard.log import CommandLog

NOBODY = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def host() -> LocalHost:
    return LocalHost(CommandLog())


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of an ordinary user's, and this process as that user."""
    folder = Path(tempfile.mkdtemp(prefix="mailwizard-"))
    os.chown(folder, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


async def test_a_new_file(host: LocalHost, tmp_path: Path) -> None:
    path = tmp_path / "new"
    await host.write(str(path), b"text\n", mode=0o640)
    assert path.read_bytes() == b"text\n"
    stat = await host.stat(str(path))
    assert stat is not None
    assert (stat.mode, stat.size, stat.is_dir, stat.is_link) == (0o640, 5, False, False)
    assert listed(tmp_path) == ["new"]


@only_root
async def test_owner_and_group(host: LocalHost, tmp_path: Path) -> None:
    path = tmp_path / "x"
    await host.write(str(path), b"", mode=0o4755, owner="nobody", group="mail")
    stat = await host.stat(str(path))
    assert stat is not None
    assert (stat.mode, stat.owner, stat.group) == (0o4755, "nobody", "mail")


@only_root
@pytest.mark.parametrize(("owner", "group", "word"), [("nosuch", "root", "user"), ("root", "nosuch", "group")])
async def test_an_owner_who_is_not_there(host: LocalHost, tmp_path: Path, owner: str, group: str, word: str) -> None:
    with pytest.raises(HostError, match=f"There is no {word} “nosuch”"):
        await host.write(str(tmp_path / "x"), b"", mode=0o644, owner=owner, group=group)
    assert listed(tmp_path) == []


async def test_a_reader_keeps_the_old_file_whole(host: LocalHost, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old" * 1000)
    with path.open("rb") as reader:
        await host.write(str(path), b"new", mode=0o644)
        assert reader.read() == b"old" * 1000
    assert path.read_bytes() == b"new"


async def test_a_link_is_replaced_and_its_target_left_alone(host: LocalHost, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "link").symlink_to(target)
    await host.write(str(tmp_path / "link"), b"new", mode=0o644)
    assert target.read_text() == "precious"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_leaves_what_stood_there(
    host: LocalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostError) as caught:
        await host.write(str(path), b"new", mode=0o644)
    assert str(caught.value) == (
        f"The disk is full: {path} could not be written, nothing was changed there. Make room, then go on."
    )
    assert (listed(tmp_path), path.read_text()) == (["x"], "old")


@only_root
async def test_a_disk_that_is_really_full(host: LocalHost, tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount")
    try:
        await host.write(str(tmp_path / "x"), b"old", mode=0o644)
        with pytest.raises(HostError, match="The disk is full"):
            await host.write(str(tmp_path / "x"), b"n" * 200_000, mode=0o644)
        assert (listed(tmp_path), (tmp_path / "x").read_text()) == (["x"], "old")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


async def test_a_secret_is_never_open_to_others(
    host: LocalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    chmod = os.fchmod

    def watched(file: int, mode: int) -> None:
        seen.append(os.fstat(file).st_mode & 0o777)
        chmod(file, mode)

    monkeypatch.setattr(os, "fchmod", watched)
    old = os.umask(0)
    try:
        await host.write(str(tmp_path / "x"), b"secret", mode=0o640)
    finally:
        os.umask(old)
    assert seen == [0o600]


async def test_no_folder(host: LocalHost, tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        await host.write(str(tmp_path / "a" / "b"), b"", mode=0o644)


async def test_a_folder_is_not_written_over(host: LocalHost, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(HostError, match="Is a directory"):
        await host.write(str(tmp_path / "a"), b"", mode=0o644)
    assert listed(tmp_path) == ["a"]


async def test_what_is_not_there(host: LocalHost, tmp_path: Path) -> None:
    path = str(tmp_path / "nothing")
    assert await host.stat(path) is None
    assert await host.stat(f"{path}/below") is None
    await host.remove(path)
    with pytest.raises(FileMissing):
        await host.read(path)
    with pytest.raises(FileMissing):
        await host.list(path)
    with pytest.raises(FileMissing):
        await host.read(f"{path}\0")


async def test_a_pipe_does_not_hold_us_up(host: LocalHost, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileMissing, match="is not a file"):
        await host.read(str(tmp_path / "pipe"))


async def test_bytes_that_are_no_text(host: LocalHost, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\xff\n")
    assert await text_of(host, str(tmp_path / "x")) == "a\\xff\n"


async def test_folders(host: LocalHost, tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        await host.make_dir(str(tmp_path / "a" / "b"), mode=0o2750)
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "a" / "b").stat().st_mode & 0o7777 == 0o2750
    await host.make_dir(str(tmp_path / "a" / "b"), mode=0o700)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o7777 == 0o700
    (tmp_path / "a" / "c").write_text("")
    assert await host.list(str(tmp_path / "a")) == ["b", "c"]
    with pytest.raises(HostError):
        await host.make_dir(str(tmp_path / "a" / "c"), mode=0o700)
    with pytest.raises(HostError):
        await host.remove(str(tmp_path / "a" / "b"))
    await host.remove(str(tmp_path / "a" / "c"))
    assert await host.list(str(tmp_path / "a")) == ["b"]


@only_root
async def test_an_ordinary_user_may_look_and_write_what_is_theirs(as_nobody: Path) -> None:
    host = LocalHost(CommandLog())
    assert not host.is_root
    await host.write(str(as_nobody / "answers"), b"x", mode=0o644)
    stat = await host.stat(str(as_nobody / "answers"))
    assert stat is not None and stat.owner == "nobody"
    await host.make_dir(str(as_nobody / "d"), mode=0o755)
    with pytest.raises(FileUnreadable, match="Run mailwizard as root"):
        await host.read("/etc/shadow")
    with pytest.raises(FileUnreadable, match="Run mailwizard as root"):
        await host.write("/etc/mailwizard-test", b"", mode=0o644)
    with pytest.raises(FileUnreadable, match="Run mailwizard as root"):
        await host.stat("/root/x")
    with pytest.raises(FileUnreadable, match="Run mailwizard as root"):
        await host.lock("/etc/mailwizard-test/lock")


async def test_one_lock(host: LocalHost, tmp_path: Path) -> None:
    path = str(tmp_path / "state" / "lock")
    let_go = await host.lock(path)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    with pytest.raises(BusyError, match=rf"mailwizard \(process {os.getpid()}\)"):
        await host.lock(path)
    await let_go()
    await (await host.lock(path))()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
async def test_what_is_no_file_cannot_be_locked(host: LocalHost, tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "lock", tmp_path / "other"
    other.write_text("kept")
    if kind == "link":
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(FileUnreadable, match=r"Remove .*, then go on"):
        await host.lock(str(path))
    assert other.read_text() == "kept"


async def test_on_a_full_disk_the_lock_still_holds(
    host: LocalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    let_go = await host.lock(str(tmp_path / "lock"))
    with pytest.raises(BusyError, match=r"^Another mailwizard is"):
        await host.lock(str(tmp_path / "lock"))
    await let_go()


async def test_a_child_does_not_keep_the_lock(host: LocalHost, tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    let_go = await host.lock(path)
    ran = await host.run(["sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!"])
    await let_go()
    try:
        await (await host.lock(path))()
    finally:
        os.kill(int(ran.out), 9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(content=st.binary(max_size=5000), mode=st.integers(0, 0o777))
def test_what_is_written_is_read(tmp_path: Path, content: bytes, mode: int) -> None:
    path = str(tmp_path / "x")
    disk.write(path, content, mode | 0o400, "root", "root")
    stat = disk.stat(path)
    assert stat is not None
    assert (disk.read(path), stat.mode, stat.size) == (content, mode | 0o400, len(content))


async def test_a_file_in_the_place_of_a_folder_is_told(host: LocalHost, tmp_path: Path) -> None:
    (tmp_path / "acme").write_text("no folder")
    with pytest.raises(FileMissing, match="it, or what should be a folder above it, is a file"):
        await host.make_dir(str(tmp_path / "acme"), mode=0o700)
    with pytest.raises(FileMissing, match="it, or what should be a folder above it, is a file"):
        await host.read(str(tmp_path / "acme" / "account.conf"))
