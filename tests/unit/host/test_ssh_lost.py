"""Connections that are lost in the middle, and locks that must not be lost with them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest
from paramiko import Channel, Transport

from mailwizard.errors import BusyError, FileUnreadable, Unreachable
from mailwizard.host import flock, ssh_connection, ssh_lock, ssh_pulse
from mailwizard.host.ssh import SshHost, connect
from mailwizard.host.ssh_dialing import dialled
from mailwizard.host.ssh_place import Place
from mailwizard.host.ssh_running import Runner
from mailwizard.host.ssh_shell import Rights
from mailwizard.log import CommandLog
from tests.unit.host.cable import Cable
from tests.unit.host.sshd import USER, Sshd
from tests.unit.host.test_ssh_run import until_written


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_pulse, "PULSE", 0.3)
    monkeypatch.setattr(ssh_pulse, "SILENCE", 2.0)
    monkeypatch.setattr(ssh_connection, "_PAUSE", 0.2)


async def test_an_interrupted_command_is_told_and_the_next_connects_again(remote: SshHost, sshd: Sshd) -> None:
    told: list[str] = []
    remote.log.heard = told.append
    running = asyncio.create_task(remote.run(["sleep", "300"]))
    await asyncio.sleep(1)
    sshd.cut()
    with pytest.raises(Unreachable, match="the connection was lost"):
        await running
    assert (await remote.run(["echo", "here"])).out == "here\n"
    assert any("connecting again" in line for line in remote.log.tail)
    assert told == [
        f"the connection to {remote.label} was lost; connecting again",
        f"connected to {remote.label}",
    ]


async def test_a_connection_lost_after_the_last_output_is_not_taken_for_a_signal(
    remote: SshHost, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Channel._unlink  # type: ignore[attr-defined]

    def unlink_and_wait(channel: Channel) -> None:
        unlink(channel)
        time.sleep(0.2)  # paramiko's thread has not said yet that the connection is gone

    monkeypatch.setattr(Channel, "_unlink", unlink_and_wait)
    running = asyncio.create_task(Runner(remote.connection, Rights(is_root=True)).call("exec >&- 2>&-; sleep 60"))
    await asyncio.sleep(1)
    sshd.cut()
    with pytest.raises(Unreachable, match="the connection was lost"):
        await running


async def test_a_silent_connection_is_given_up(remote: SshHost, sshd: Sshd) -> None:
    running = asyncio.create_task(remote.run(["sleep", "300"]))
    await asyncio.sleep(1)
    sshd.freeze()
    with pytest.raises(Unreachable, match="the connection was lost"):
        await running
    assert (await remote.run(["echo", "here"])).out == "here\n"


async def test_a_time_out_is_no_fault_of_the_command_when_the_machine_is_silent(remote: SshHost, sshd: Sshd) -> None:
    running = asyncio.create_task(remote.run(["sleep", "300"], timeout=1.5))
    await asyncio.sleep(1)
    sshd.freeze()
    with pytest.raises(Unreachable, match="the connection was lost"):
        await running


async def test_a_network_that_takes_no_more_bytes_is_given_up(stopped_sshd: Sshd) -> None:
    stopped_sshd.start()
    cable = Cable(stopped_sshd.port)
    stopped_sshd.known_hosts.write_text(f"[127.0.0.1]:{cable.port} {stopped_sshd.host_key()}\n")
    host = await connect(f"{USER}@127.0.0.1:{cable.port}", CommandLog())
    beyond_all_buffers = b"x" * 50_000_000
    writing = [asyncio.create_task(host.run(["cat"], stdin=beyond_all_buffers)) for _ in range(5)]
    await asyncio.sleep(1)
    cable.pull()
    for one in writing:
        with pytest.raises(Unreachable, match="the connection was lost"):
            await one
    assert (await host.run(["echo", "here"])).out == "here\n"
    await host.close()
    cable.close()


async def test_what_runs_goes_on_though_nobody_listens(remote: SshHost, sshd: Sshd, tmp_path: Path) -> None:
    # it writes far more than a pipe holds, before and after the cut: SIGPIPE would end it
    noise = "i=0; while [ $i -lt 3000 ]; do echo $i some words that are sent back to nobody; i=$((i+1)); done"
    script = f"echo on > {tmp_path}/begun; sleep 1; {noise}; {noise} >&2; echo whole > {tmp_path}/done"
    running = asyncio.create_task(remote.run(["sh", "-ec", script]))
    await until_written(tmp_path / "begun")
    sshd.cut()
    with pytest.raises(Unreachable):
        await running
    assert await until_written(tmp_path / "done") == "whole"


async def test_a_file_that_is_cut_off_is_not_placed(remote: SshHost, sshd: Sshd, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    writing = asyncio.create_task(remote.write(str(path), b"n" * 30_000_000, mode=0o644))
    while not [name for name in tmp_path.iterdir() if ".mailwizard-" in name.name]:
        await asyncio.sleep(0.01)
    sshd.cut()
    with pytest.raises(Unreachable):
        await writing
    for _ in range(200):
        if not [name for name in tmp_path.iterdir() if ".mailwizard-" in name.name]:
            break
        await asyncio.sleep(0.05)
    assert path.read_text() == "old"
    assert [name.name for name in tmp_path.iterdir() if ".mailwizard-" in name.name] == []


async def test_a_server_that_does_not_come_back_is_told(
    remote: SshHost, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_connection, "PATIENCE", 0.5)
    sshd.stop()
    while remote.is_up:
        await asyncio.sleep(0.05)
    with pytest.raises(Unreachable, match=r"was lost: 127\.0\.0\.1 port .* refuses the connection"):
        await remote.read("/etc/hostname")


async def test_another_machine_in_its_place_is_told_at_once(
    remote: SshHost, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = list[Place]()

    def counted(place: Place) -> Transport:
        calls.append(place)
        return dialled(place)

    monkeypatch.setattr(ssh_connection, "dialled", counted)
    sshd.stop()
    sshd.renew()
    sshd.start()
    while remote.is_up:
        await asyncio.sleep(0.05)
    with pytest.raises(Unreachable, match=r"^DANGER"):
        await remote.read("/etc/hostname")
    assert len(calls) == 1


async def test_a_server_that_comes_back_late_is_waited_for(remote: SshHost, sshd: Sshd) -> None:
    sshd.stop()
    while remote.is_up:
        await asyncio.sleep(0.05)
    reading = asyncio.create_task(remote.run(["echo", "here"]))
    await asyncio.sleep(1)
    sshd.start()
    assert (await reading).out == "here\n"


async def test_the_lock_is_the_one_that_a_local_mailwizard_takes(remote: SshHost, tmp_path: Path) -> None:
    path = str(tmp_path / "state/lock")
    let_go = await remote.lock(path)
    holder = Path(path).read_text().strip()
    assert "bash" in Path(f"/proc/{holder}/cmdline").read_text()
    with pytest.raises(BusyError, match=rf"process {holder}\)"):
        flock.take(path)
    with pytest.raises(BusyError, match=rf"process {holder}\)"):
        await remote.lock(path)
    await let_go()
    free = flock.take(path)
    with pytest.raises(BusyError, match="Another mailwizard"):
        await remote.lock(path)
    await free()
    await (await remote.lock(path))()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
async def test_what_is_no_file_is_no_lock(remote: SshHost, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lock"
    {"link": lambda: path.symlink_to(tmp_path / "other"), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    with pytest.raises(FileUnreadable, match=f"^{path} cannot be locked: it is no file. Remove it, then go on.$"):
        await remote.lock(str(path))
    assert not (tmp_path / "other").exists()


async def test_a_file_where_the_locks_folder_belongs_is_told(remote: SshHost, tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(FileUnreadable, match=r"cannot be locked: File exists\. Remove"):
        await remote.lock(str(tmp_path / "state/lock"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
async def test_a_disk_that_is_read_only_holds_no_lock(remote: SshHost, tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", tmp_path / "home"]).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with pytest.raises(FileUnreadable, match="Nothing can be changed while the disk is read-only"):
            await remote.lock(str(tmp_path / "home/lock"))
    finally:
        subprocess.run(["umount", tmp_path / "home"], check=True)


async def test_who_may_not_lock_is_told_how_to_become_root(remote: SshHost, tmp_path: Path) -> None:
    remote.become(Rights(is_root=False, way_to_root="log in as root, or give ops the right to use sudo"))
    with pytest.raises(FileUnreadable, match=r"Log in as root, or give ops the right to use sudo\.$"):
        await remote.lock("/proc/no-such-folder/lock")


async def test_the_lock_is_taken_again_after_a_cut(remote: SshHost, sshd: Sshd, tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    let_go = await remote.lock(path)
    before = Path(path).read_text()
    sshd.cut()
    while remote.is_up:
        await asyncio.sleep(0.05)
    await remote.run(["true"])
    assert Path(path).read_text() != before
    with pytest.raises(BusyError):
        flock.take(path)
    await let_go()


async def test_our_own_lock_from_before_a_silent_cut_is_no_hindrance(
    remote: SshHost, sshd: Sshd, tmp_path: Path
) -> None:
    path = str(tmp_path / "lock")
    let_go = await remote.lock(path)
    before = Path(path).read_text()
    sshd.freeze()  # the server does not notice: its holder still runs
    while remote.is_up:
        await asyncio.sleep(0.05)
    await remote.run(["true"])
    assert Path(path).read_text() != before
    with pytest.raises(BusyError):
        flock.take(path)
    await let_go()
    await flock.take(path)()


async def test_without_signs_of_life_the_lock_is_let_go_of(
    remote: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_lock, "_HOLD", ssh_lock._HOLD.replace("-t 45", "-t 1"))
    path = str(tmp_path / "lock")
    await remote.lock(path)
    for _ in range(200):
        try:
            await flock.take(path)()
            return
        except BusyError:
            await asyncio.sleep(0.05)
    raise AssertionError("the lock is still held")
