"""The imagined machine keeps the rules of a real one; each rule is tried on both where both can."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest

from mailwizard.errors import BusyError, CommandFailed, FileMissing, FileUnreadable, HostError, Unreachable
from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.host.imaginary_files import Content
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Host, Ran
from mailwizard.log import CommandLog
from mailwizard.secret import Secret


@pytest.fixture(params=["local", "imaginary"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Host, str]:
    """A machine and an empty folder on it."""
    if request.param == "local":
        return LocalHost(CommandLog()), str(tmp_path)
    return ImaginaryHost({"/etc/empty/": b""}), "/etc/empty"


async def test_files_on_both(place: tuple[Host, str]) -> None:
    host, folder = place
    path = posixpath.join(folder, "x")
    assert await host.stat(path) is None
    with pytest.raises(FileMissing):
        await host.read(path)
    await host.write(path, b"one", mode=0o640)
    stat = await host.stat(path)
    assert stat is not None and (stat.mode, stat.size, stat.is_dir) == (0o640, 3, False)
    assert await host.read(path) == b"one"
    assert await host.list(folder) == ["x"]
    with pytest.raises(FileMissing):
        await host.list(path)
    with pytest.raises(FileMissing):
        await host.write(posixpath.join(folder, "no", "x"), b"", mode=0o644)
    await host.remove(path)
    await host.remove(path)
    assert await host.list(folder) == []


async def test_folders_on_both(place: tuple[Host, str]) -> None:
    host, folder = place
    path = posixpath.join(folder, "a", "b")
    await host.make_dir(path, mode=0o750)
    parent, made = await host.stat(posixpath.join(folder, "a")), await host.stat(path)
    assert parent is not None and made is not None
    assert (parent.mode, made.mode, made.is_dir) == (0o755, 0o750, True)
    await host.make_dir(path, mode=0o700)
    with pytest.raises(HostError):
        await host.write(path, b"", mode=0o644)
    with pytest.raises(HostError):
        await host.remove(path)
    with pytest.raises(FileMissing):
        await host.read(path)
    await host.write(posixpath.join(path, "x"), b"", mode=0o644)
    with pytest.raises(HostError):
        await host.make_dir(posixpath.join(path, "x"), mode=0o700)


async def test_locks_on_both(place: tuple[Host, str]) -> None:
    host, folder = place
    path = posixpath.join(folder, "lock")
    let_go = await host.lock(path)
    with pytest.raises(BusyError):
        await host.lock(path)
    await let_go()
    await (await host.lock(path))()


async def test_an_ordinary_user_is_kept_out() -> None:
    closed = ImaginaryFile(mode=0o700, is_dir=True)
    key = ImaginaryFile(b"k", 0o600)
    host = ImaginaryHost({"/etc/key": key, "/var/lib/x": closed, "/var/lib/x/y": ""}, root=False)
    assert await host.stat("/etc/key") is not None
    for doing in (host.read("/etc/key"), host.stat("/var/lib/x/y"), host.list("/var/lib/x")):
        with pytest.raises(FileUnreadable):
            await doing
    for doing_more in (host.write("/etc/x", b"", mode=0o644), host.remove("/etc/key"), host.make_dir("/etc/d", mode=0)):
        with pytest.raises(FileUnreadable):
            await doing_more


async def test_links_are_followed_for_reading_alone() -> None:
    links: dict[str, Content] = {
        "/etc/a": ImaginaryFile(link="b/c"),
        "/etc/b/c": "there",
        "/etc/round": ImaginaryFile(link="round"),
    }
    host = ImaginaryHost(links)
    assert await host.read("/etc/a") == b"there"
    stat = await host.stat("/etc/a")
    assert stat is not None and stat.is_link
    with pytest.raises(FileMissing):
        await host.read("/etc/round")


async def test_a_broken_file() -> None:
    host = ImaginaryHost({"/etc/a": HostError("the disk is full")})
    with pytest.raises(HostError, match="the disk is full"):
        await host.write("/etc/a", b"", mode=0o644)


async def test_commands() -> None:
    host = ImaginaryHost(
        commands={
            ("echo", "a"): "exact\n",
            ("echo", ...): lambda argv, stdin, env: f"{len(argv)} {stdin.decode()} {env['X']}\n",
            lambda argv: argv[-1] == "boom": CommandFailed("it took too long"),
            ("false",): Ran(("false",), 1, "", "no"),
        }
    )
    lines: list[str] = []
    assert (await host.run(["echo", "a"], report=lines.append)).out == "exact\n"
    assert (await host.run(["echo", "b", "c"], stdin=b"in", env={"X": Secret("s")})).out == "3 in s\n"
    assert (await host.run(["false"])).code == 1
    assert (await host.run(["nosuch"])).code == 127
    with pytest.raises(CommandFailed):
        await host.run(["x", "boom"])
    assert lines == ["exact"]
    assert host.ran == [("echo", "a"), ("echo", "b", "c"), ("false",), ("nosuch",), ("x", "boom")]


async def test_a_command_that_takes_a_while_and_changes_something() -> None:
    host = ImaginaryHost()

    async def install(argv: tuple[str, ...], stdin: bytes, env: object) -> str:
        await host.write("/usr/bin/chasquid", b"", mode=0o755)
        return f"{stdin.decode().strip()}\n"

    host.commands[("apt-get", ...)] = install
    ran = await host.type_in(["apt-get", "install"], [("Password: ", Secret("pw"))])
    assert (ran.out, host.written) == ("pw\n", ["/usr/bin/chasquid"])
    assert host.typed == [("Password: ", Secret("pw"))]


async def test_connections() -> None:
    def smtp(said: bytes) -> bytes | None:
        return {b"": b"220 hi\r\n", b"EHLO x\r\n": b"250 ok\r\n"}.get(said)

    host = ImaginaryHost(
        connections={("192.0.2.1", 25): b"220 gone\r\n", ("192.0.2.2", 25): smtp, ("192.0.2.3", 25): Unreachable("out")}
    )
    told = await host.dial("192.0.2.1", 25)
    assert [await told.read(), await told.read()] == [b"220 gone\r\n", b""]
    talk = await host.dial("192.0.2.2", 25, source="192.0.2.9")
    assert await talk.read() == b"220 hi\r\n"
    await talk.write(b"EHLO x\r\n")
    assert await talk.read() == b"250 ok\r\n"
    with pytest.raises(Unreachable):
        await talk.read()
    await talk.write(b"QUIT\r\n")
    assert await talk.read() == b""
    for address in ("192.0.2.3", "192.0.2.4"):
        with pytest.raises(Unreachable):
            await host.dial(address, 25)
    assert host.dialled[1] == ("192.0.2.2", 25, "192.0.2.9")


async def test_pages() -> None:
    host = ImaginaryHost(pages={"https://a/": (200, b"4"), ("https://a/", 6): Unreachable("no IPv6")})
    assert await host.fetch("https://a/", family=4) == (200, b"4")
    for url in ("https://a/", "https://b/"):
        with pytest.raises(Unreachable):
            await host.fetch(url, family=6)
