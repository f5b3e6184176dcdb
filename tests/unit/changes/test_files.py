"""Files and folders: planned, shown, made, taken back; on the imagined machine and on a real disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwizard.change import Change
from mailwizard.changes import from_json
from mailwizard.changes.difference import of_content
from mailwizard.changes.files import RemoveFile, SetMode, WriteFile, make_dir, remove_file, write_file
from mailwizard.changes.folders import MakeDir, RemoveDir
from mailwizard.errors import FileChanged, FileUnreadable, HostError
from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Ran
from mailwizard.log import CommandLog


def silent(line: str) -> None:
    """Where nobody listens."""


async def made(host: ImaginaryHost, change: Change) -> Change | None:
    """Makes it; its inverse, as the journal gives it back."""
    inverse = await change.inverse(host)
    await change.perform(host, silent)
    return from_json(json.loads(json.dumps(inverse.as_json()))) if inverse else None


async def test_nothing_to_do_where_it_stands() -> None:
    host = ImaginaryHost({"/etc/a": ImaginaryFile(b"x", 0o640, "root", "mail")})
    assert await write_file(host, "/etc/a", "x", mode=0o640, group="mail") == []
    assert await remove_file(host, "/etc/b") == []
    assert host.written == []


async def test_a_new_file_there_and_back() -> None:
    host = ImaginaryHost()
    (change,) = await write_file(host, "/etc/a", "one\ntwo\n", mode=0o640, group="mail", note="for chasquid")
    assert (change.kind, change.title, change.detail) == ("write_file", "/etc/a", "new, 0640, for chasquid")
    assert await change.diff(host) == (
        "--- /dev/null\n+++ /etc/a\n@@ -0,0 +1,2 @@\n+one\n+two\nmode 0640, owner root:mail\n"
    )
    inverse = await made(host, change)
    assert host.files["/etc/a"] == ImaginaryFile(b"one\ntwo\n", 0o640, "root", "mail")
    assert await write_file(host, "/etc/a", "one\ntwo\n", mode=0o640, group="mail") == []
    assert inverse is not None and inverse.kind == "remove_file"
    await inverse.perform(host, silent)
    assert "/etc/a" not in host.files


async def test_another_content_there_and_back() -> None:
    old = ImaginaryFile(b"one\ntwo", 0o600, "chasquid", "mail")
    host = ImaginaryHost({"/etc/a": old})
    (change,) = await write_file(host, "/etc/a", "one\n")
    assert (await change.diff(host)).splitlines()[-4:] == [
        "-two",
        "\\ No newline at end of file",
        "mode 0600 -> 0644",
        "owner chasquid:mail -> root:root",
    ]
    inverse = await made(host, change)
    assert inverse is not None
    await inverse.perform(host, silent)
    assert host.files["/etc/a"] == old


async def test_owner_and_mode_alone_there_and_back() -> None:
    old = ImaginaryFile(b"key", 0o660)
    host = ImaginaryHost({"/etc/key": old})
    (change,) = await write_file(host, "/etc/key", b"key", mode=0o640, group="mail", secret=True)
    assert isinstance(change, SetMode)
    assert change.detail == "mode 0660 -> 0640, owner root:root -> root:mail"
    assert "digest" not in json.dumps(change.as_json())
    inverse = await made(host, change)
    assert host.files["/etc/key"] == ImaginaryFile(b"key", 0o640, "root", "mail")
    assert inverse is not None
    await inverse.perform(host, silent)
    assert host.files["/etc/key"] == old


async def test_a_secret_is_nowhere_but_in_its_file() -> None:
    host = ImaginaryHost({"/etc/env": ImaginaryFile(b"Token='old-secret'\n", 0o600)})
    (change,) = await write_file(host, "/etc/env", "Token='new-secret'\n", mode=0o600, secret=True)
    assert await change.inverse(host) is None
    kept = json.dumps(change.as_json()) + await change.diff(host) + change.title + change.detail
    assert "-secret" not in kept and "digest" not in kept
    assert "The content is secret" in await change.diff(host)
    with pytest.raises(HostError, match="is secret and was not kept"):
        from_json(change.as_json())
    await change.perform(host, silent)
    assert host.text("/etc/env") == "Token='new-secret'\n"


async def test_a_new_secret_is_taken_back_by_removing_it() -> None:
    host = ImaginaryHost()
    (change,) = await write_file(host, "/etc/env", "Token='new-secret'\n", mode=0o600, secret=True)
    inverse = await made(host, change)
    assert inverse is not None
    assert "digest" not in json.dumps(inverse.as_json())
    await inverse.perform(host, silent)
    assert "/etc/env" not in host.files


@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        (None, ImaginaryFile(b"theirs")),
        (ImaginaryFile(b"x"), ImaginaryFile(b"theirs")),
        (ImaginaryFile(b"x"), ImaginaryFile(b"x", 0o600)),
        (ImaginaryFile(b"x"), ImaginaryFile(b"x", group="mail")),
        (ImaginaryFile(b"x"), None),
    ],
)
async def test_somebody_else_was_there_in_between(
    before: ImaginaryFile | None, meanwhile: ImaginaryFile | None
) -> None:
    host = ImaginaryHost({"/etc/a": before} if before else {})
    (change,) = await write_file(host, "/etc/a", "ours")
    host.files.pop("/etc/a", None)
    if meanwhile:
        host.files["/etc/a"] = meanwhile
    with pytest.raises(FileChanged, match=r"^/etc/a was changed by somebody else"):
        await change.perform(host, silent)
    assert host.written == []


async def test_undo_refuses_what_was_edited_since() -> None:
    host = ImaginaryHost({"/etc/a": "old"})
    (change,) = await write_file(host, "/etc/a", "ours")
    inverse = await made(host, change)
    host.files["/etc/a"] = ImaginaryFile(b"edited by hand")
    assert inverse is not None
    with pytest.raises(FileChanged):
        await inverse.perform(host, silent)
    assert host.text("/etc/a") == "edited by hand"


@pytest.mark.parametrize("there", [ImaginaryFile(link="b"), ImaginaryFile(is_dir=True, mode=0o755)])
async def test_links_and_folders_are_not_written_over(there: ImaginaryFile) -> None:
    host = ImaginaryHost({"/etc/a": there, "/etc/b": ""})
    for planning in (write_file(host, "/etc/a", "x"), remove_file(host, "/etc/a")):
        with pytest.raises(HostError, match=r"not a file\. Move it away"):
            await planning


async def test_an_ordinary_user_is_shown_what_cannot_be_compared() -> None:
    host = ImaginaryHost({"/etc/a": ImaginaryFile(b"x", 0o600), "/var/lib/x": ImaginaryFile(mode=0o700, is_dir=True)})
    host.disk.user, host.is_root = "me", False
    (write,) = await write_file(host, "/etc/a", "x", mode=0o600)
    (remove,) = await remove_file(host, "/etc/a")
    (folder,) = await make_dir(host, "/var/lib/x/y", mode=0o700)
    assert (write.detail, remove.detail) == ("0600, not readable for you", "removed, not readable for you")
    assert "not readable for you" in await write.diff(host)
    for change in (write, remove, folder):
        with pytest.raises(FileUnreadable):
            await change.perform(host, silent)


async def test_a_file_taken_away_and_put_back() -> None:
    old = ImaginaryFile(b"deb http://mirror\n", 0o644)
    host = ImaginaryHost({"/etc/a": old})
    (change,) = await remove_file(host, "/etc/a", "the wrong mirror")
    assert change.detail == "removed, the wrong mirror"
    assert (await change.diff(host)).startswith("--- /etc/a\n+++ /dev/null\n")
    inverse = await made(host, change)
    assert "/etc/a" not in host.files
    await change.perform(host, silent)  # gone already
    assert inverse is not None
    await inverse.perform(host, silent)
    assert host.files["/etc/a"] == old


@pytest.mark.parametrize(("mode", "secret", "kept"), [(0o640, None, False), (0o640, False, True), (0o644, True, False)])
async def test_what_others_may_not_read_is_taken_for_secret(mode: int, secret: bool | None, kept: bool) -> None:
    host = ImaginaryHost({"/etc/a": ImaginaryFile(b"a-key", mode)})
    (change,) = await remove_file(host, "/etc/a", secret=secret)
    assert (await change.inverse(host) is not None) is kept
    assert ("a-key" in await change.diff(host)) is kept
    assert ("digest" in json.dumps(change.as_json())) is kept


async def test_a_folder_there_and_back() -> None:
    def rmdir(argv: tuple[str, ...], stdin: bytes, env: object) -> Ran:
        host.files.pop(argv[-1])
        return Ran(argv, 0, "", "")

    host = ImaginaryHost(commands={("rmdir", ...): rmdir})
    (change,) = await make_dir(host, "/etc/x", mode=0o750, group="mail")
    assert (change.title, change.detail) == ("/etc/x/", "new, 0750")
    inverse = await made(host, change)
    assert await make_dir(host, "/etc/x", mode=0o750, group="mail") == []
    assert isinstance(inverse, RemoveDir)
    host.files["/etc/x/mine"] = ImaginaryFile(b"")
    await inverse.perform(host, silent)
    assert "/etc/x" in host.files  # something of the user's is in it
    del host.files["/etc/x/mine"]
    await inverse.perform(host, silent)
    assert "/etc/x" not in host.files


async def test_a_folder_with_another_mode_there_and_back() -> None:
    host = ImaginaryHost({"/etc/x/y": ""})
    (change,) = await make_dir(host, "/etc/x", mode=0o750)
    assert change.detail == "mode 0755 -> 0750"
    inverse = await made(host, change)
    assert isinstance(inverse, MakeDir)
    await inverse.perform(host, silent)
    assert host.files["/etc/x"].mode == 0o755
    with pytest.raises(HostError, match="not a folder"):
        await make_dir(host, "/etc/x/y", mode=0o755)


async def test_on_a_real_disk(tmp_path: Path) -> None:
    host = LocalHost(CommandLog())
    user, group = (await host.run(["id", "-un"])).out.strip(), (await host.run(["id", "-gn"])).out.strip()
    folder, path = str(tmp_path / "d"), str(tmp_path / "d" / "x")
    changes = await make_dir(host, folder, mode=0o750, owner=user, group=group)
    for change in changes:
        await change.perform(host, silent)
    (write,) = await write_file(host, path, b"a\xff\0", mode=0o600, owner=user, group=group)
    assert "not text" in await write.diff(host)
    inverse = await write.inverse(host)
    await write.perform(host, silent)
    assert await write_file(host, path, b"a\xff\0", mode=0o600, owner=user, group=group) == []
    assert Path(path).stat().st_mode & 0o777 == 0o600
    assert isinstance(inverse, RemoveFile)
    await inverse.perform(host, silent)
    await RemoveDir(folder).perform(host, silent)
    assert not (tmp_path / "d").exists()


@settings(deadline=None, max_examples=80)
@given(
    old=st.none() | st.binary(max_size=60),
    new=st.binary(max_size=60),
    modes=st.tuples(st.integers(0, 0o777), st.integers(0, 0o777)),
)
async def test_every_write_is_undone_by_its_journal(old: bytes | None, new: bytes, modes: tuple[int, int]) -> None:
    host = ImaginaryHost({} if old is None else {"/etc/a": ImaginaryFile(old, modes[0], "mail", "mail")})
    before = host.files.get("/etc/a")
    for change in await write_file(host, "/etc/a", new, mode=modes[1]):
        again = from_json(json.loads(json.dumps(change.as_json())))
        assert again == change or isinstance(change, SetMode)
        inverse = await made(host, change)
        assert await write_file(host, "/etc/a", new, mode=modes[1]) == []
        assert inverse is not None
        await inverse.perform(host, silent)
    assert host.files.get("/etc/a") == before


@given(old=st.text(max_size=80), new=st.text(max_size=80))
def test_a_diff_says_what_patch_needs(old: str, new: str) -> None:
    shown = of_content("/etc/a", old.encode("utf-8", "replace"), new.encode("utf-8", "replace"))
    assert shown.endswith("\n") or old == new
    assert bool(shown) is (old.encode("utf-8", "replace") != new.encode("utf-8", "replace"))


def test_a_write_file_of_ones_own_making() -> None:
    assert WriteFile("/etc/a", b"x").detail == "new"
