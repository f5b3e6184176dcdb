"""Files over SSH, with a real server and a real file system."""

from __future__ import annotations

import asyncio
import getpass
import grp
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from mailwizard.errors import FileMissing, FileUnreadable, HostError
from mailwizard.host import disk
from mailwizard.host.ssh import SshHost

ME = getpass.getuser()
GROUP = grp.getgrgid(os.getgid()).gr_name
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


async def write(host: SshHost, path: Path | str, content: bytes, mode: int = 0o644) -> None:
    await host.write(str(path), content, mode=mode, owner=ME, group=GROUP)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_file_is_placed_whole(remote: SshHost, tmp_path: Path) -> None:
    path = tmp_path / "new file's name"
    content = bytes(range(256)) * 2000
    await write(remote, path, content, 0o640)
    assert path.read_bytes() == content
    assert await remote.read(str(path)) == content
    assert path.stat().st_mode & 0o7777 == 0o640
    await write(remote, path, b"")
    assert path.read_bytes() == b""
    assert path.stat().st_mode & 0o7777 == 0o644
    assert [file for file in tmp_path.iterdir() if "mailwizard" in file.name] == []


async def test_a_reader_never_sees_half_a_file(remote: SshHost, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * 1_000_000)
    writing = asyncio.create_task(write(remote, path, b"b" * 1_000_000))
    seen = set()
    while not writing.done():
        seen.add(await asyncio.to_thread(path.read_bytes))
        await asyncio.sleep(0)
    seen.add(path.read_bytes())
    await writing
    assert seen == {b"a" * 1_000_000, b"b" * 1_000_000}


async def test_a_link_is_replaced_not_followed(remote: SshHost, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    await write(remote, tmp_path / "link", b"new")
    assert (tmp_path / "target").read_text() == "old"
    assert not (tmp_path / "link").is_symlink()


async def test_what_lies_there(remote: SshHost, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("12345")
    (tmp_path / "file").chmod(0o4711)
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "folder").mkdir(mode=0o750)
    for name in ("file", "link", "folder", "nothing", "file/below"):
        path = str(tmp_path / name)
        assert await remote.stat(path) == disk.stat(path), name
    odd = ["a b", "-n", "grün", "new\nline"]
    for name in odd:
        (tmp_path / "folder" / name).touch()
    assert await remote.list(str(tmp_path / "folder")) == sorted(odd)
    assert await remote.list(str(tmp_path / "folder")) == disk.names(str(tmp_path / "folder"))


async def test_an_owner_without_a_name_is_its_number(remote: SshHost, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    (tmp_path / "file").touch()
    os.chown(tmp_path / "file", 54321, 54322)
    found = await remote.stat(str(tmp_path / "file"))
    assert found is not None
    assert (found.owner, found.group) == ("54321", "54322")


async def test_what_the_kernel_shows(remote: SshHost) -> None:
    assert (await remote.read("/proc/meminfo")).startswith(b"MemTotal")


async def test_folders_are_made_with_their_parents(remote: SshHost, tmp_path: Path) -> None:
    deep = tmp_path / "a/b/c d"
    await remote.make_dir(str(deep), mode=0o700, owner=ME, group=GROUP)
    assert [path.stat().st_mode & 0o7777 for path in (deep, deep.parent)] == [0o700, 0o755]
    await remote.make_dir(str(deep), mode=0o2750, owner=ME, group=GROUP)
    assert deep.stat().st_mode & 0o7777 == 0o2750


async def test_removing(remote: SshHost, tmp_path: Path) -> None:
    (tmp_path / "-file").touch()
    await remote.remove(str(tmp_path / "-file"))
    assert not (tmp_path / "-file").exists()
    await remote.remove(str(tmp_path / "-file"))
    with pytest.raises(HostError, match="is a directory"):
        await remote.remove(str(tmp_path))


Refused = Callable[[SshHost, Path], Awaitable[object]]


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        (lambda h, t: h.read(str(t / "no")), FileMissing, "could not be read: there is no such file"),
        (lambda h, t: h.read(str(t)), FileMissing, "is not a file"),
        (lambda h, t: h.list(str(t / "no")), FileMissing, "there is no such file or folder"),
        (lambda h, t: h.list(str(t / "host_key")), FileMissing, "there is no such file or folder"),
        (lambda h, t: write(h, t / "no/file", b""), FileMissing, "could not be written: there is no such file"),
        (lambda h, t: write(h, t, b""), HostError, "could not be written: is a directory"),
        (lambda h, t: h.make_dir(str(t / "host_key"), mode=0o755), HostError, "could not be made"),
        (lambda h, t: h.read("/etc/a\0b"), FileMissing, "is no path"),
    ],
    ids=range(8),
)
async def test_what_cannot_be_done(
    remote: SshHost, tmp_path: Path, what: Refused, error: type[HostError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await what(remote, tmp_path)


async def test_a_pipe_is_not_waited_for(remote: SshHost, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileMissing, match="is not a file"):
        await remote.read(str(tmp_path / "pipe"))


@needs_root
async def test_an_owner_who_is_not_there(remote: SshHost, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(HostError, match="no user “chasquidd”"):
        await remote.write(str(path), b"new", mode=0o644, owner="chasquidd")
    with pytest.raises(HostError, match="no group “chasquidd”"):
        await remote.write(str(path), b"new", mode=0o644, group="chasquidd")
    assert path.read_text() == "old"


@needs_root
async def test_a_full_disk_is_said_and_the_old_file_stands(remote: SshHost, small: Path) -> None:
    await write(remote, small / "file", b"old")
    with pytest.raises(HostError, match=r"The disk is full: .*/file could not be written"):
        await write(remote, small / "file", b"x" * 100_000)
    assert (small / "file").read_bytes() == b"old"
    assert [file.name for file in small.iterdir()] == ["file"]


@needs_root
async def test_a_read_only_disk_is_said(remote: SshHost, small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    with pytest.raises(FileUnreadable, match="the disk is read-only"):
        await write(remote, small / "file", b"x")
