"""The machine's name: set once, found by itself, and everything else in /etc/hosts kept."""

from __future__ import annotations

import pytest

from mailwizard.changes import from_json
from mailwizard.errors import HostError
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.system.hostname import SetHostName, finding, plan, with_name

NAME = "smtp.example.com"
HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1 vmi1  # mine\n\n::1 localhost\n192.0.2.9 db\n"


def machine(name: str = "vmi1") -> ImaginaryHost:
    host = ImaginaryHost(
        files={"/etc/hostname": f"{name}\n", "/proc/sys/kernel/hostname": f"{name}\n", "/etc/hosts": HOSTS},
        commands={("hostname", NAME): ""},
    )

    def named(argv: tuple[str, ...], stdin: bytes, env: object) -> str:
        host.disk.place("/proc/sys/kernel/hostname", ImaginaryFile(f"{argv[1]}\n".encode()))
        return ""

    host.commands["hostname", ...] = named
    host.commands.pop(("hostname", NAME))
    return host


async def test_it_is_called_so_once() -> None:
    host = machine()
    assert (await finding(host, NAME)).status is Status.FAILED
    for change in await plan(host, NAME, "198.51.100.7"):
        await change.perform(host, lambda line: None)
    assert host.text("/etc/hostname") == f"{NAME}\n" and (await finding(host, NAME)).status is Status.OK
    assert host.text("/etc/hosts") == HOSTS.replace("# mine\n", f"# mine\n198.51.100.7 {NAME} smtp\n")
    assert await plan(host, NAME, "198.51.100.7") == []


async def test_it_can_be_taken_back() -> None:
    host = machine()
    change = SetHostName(NAME, "vmi1")
    back = await change.inverse(host)
    await change.perform(host, lambda line: None)
    assert back is not None and from_json(back.as_json()) == back
    await back.perform(host, lambda line: None)
    assert host.text("/etc/hostname") == "vmi1\n" and host.text("/proc/sys/kernel/hostname") == "vmi1\n"


@pytest.mark.parametrize("name", ["-F/etc/shadow", "a b", "a;b"])
def test_a_damaged_journal_sets_no_name(name: str) -> None:
    with pytest.raises(HostError, match="damaged"):
        from_json({"kind": "set_hostname", "name": name})


async def test_without_a_wanted_name_nothing_is_done() -> None:
    assert (await finding(machine(), "")).status is Status.SKIPPED and await plan(machine(), "", "") == []


@pytest.mark.parametrize("text", [f"192.0.2.1 {NAME}\n", "127.0.1.1\tsmtp SMTP.example.com # x\n"])
def test_a_name_that_is_there_is_left_alone(text: str) -> None:
    assert with_name(text, NAME, "198.51.100.7") == text


def test_a_comment_is_no_name() -> None:
    assert with_name(f"# {NAME}\n", NAME, "") == f"127.0.1.1 {NAME} smtp\n# {NAME}\n"


async def test_cloud_init_is_told_to_keep_it() -> None:
    host = machine(NAME)
    host.disk.make_folder("/etc/cloud/cloud.cfg.d", ImaginaryFile(is_dir=True, mode=0o755))
    titles = [change.title for change in await plan(host, NAME, "")]
    assert titles == ["/etc/hosts", "/etc/cloud/cloud.cfg.d/99-mailwizard.cfg"]


async def test_a_container_keeps_its_name_when_its_host_starts_it_anew() -> None:
    host = machine()
    section = "# --- BEGIN PVE ---\n192.0.2.5 vmi1\n# --- END PVE ---\n"
    host.disk.place("/etc/hosts", ImaginaryFile(f"127.0.0.1 localhost\n{section}".encode()))
    for change in await plan(host, NAME, "192.0.2.5"):
        await change.perform(host, lambda line: None)
    assert host.text("/etc/hosts") == f"127.0.0.1 localhost\n192.0.2.5 {NAME} smtp\n{section}"
    assert "/etc/.pve-ignore.hostname" in host.files and await plan(host, NAME, "192.0.2.5") == []
