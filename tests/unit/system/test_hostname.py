"""The machine's name: set once, found by itself, and everything else in /etc/hosts kept."""

from __future__ import annotations

import posixpath

import pytest

from mailwizard.changes import from_json
from mailwizard.errors import HostError
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.system.cloud_init import writes_hosts
from mailwizard.system.hostname import SetHostName, finding, plan, with_name
from tests.unit.system.images import image

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


def proxmox(codename: str = "noble") -> ImaginaryHost:
    """A virtual machine of Proxmox VE, which hands user-data over."""
    host = machine()
    for path, text in image(codename).items():
        host.disk.make_folder(posixpath.dirname(path), ImaginaryFile(is_dir=True, mode=0o755))
        host.disk.place(path, ImaginaryFile(text.encode()))
    return host


async def test_user_data_that_has_etc_hosts_made_anew_gets_the_name_into_its_template() -> None:
    host = proxmox()
    for change in await plan(host, NAME, "198.51.100.7"):
        await change.perform(host, lambda line: None)
    lines = host.text("/etc/cloud/templates/hosts.debian.tmpl").splitlines()
    assert lines[0] == "## template:jinja" and lines.count(f"198.51.100.7 {NAME} smtp") == 1
    assert "127.0.1.1 {{fqdn}} {{hostname}}" in lines
    assert "preserve_hostname: true\n" in host.text("/etc/cloud/cloud.cfg.d/99-mailwizard.cfg")
    assert await plan(host, NAME, "198.51.100.7") == [] and (await finding(host, NAME)).status is Status.OK


@pytest.mark.parametrize(
    ("path", "text", "overruled"),
    [
        ("/etc/cloud/cloud.cfg.d/50-hoster.cfg", "preserve_hostname: false\nmanage_etc_hosts: true\n", False),
        ("/etc/cloud/cloud.cfg.d/99_hoster.cfg", "preserve_hostname: false\nmanage_etc_hosts: yes\n", True),
        ("/etc/cloud/cloud.cfg.d/99_hoster.cfg.bak", "preserve_hostname: false\nmanage_etc_hosts: true\n", False),
        ("/var/lib/cloud/instance/cloud-config.txt", "preserve_hostname: False\nmanage_etc_hosts: 'true'\n", True),
        ("/var/lib/cloud/instance/vendor-cloud-config.txt", "'preserve_hostname': no\nmanage_etc_hosts: on\n", True),
        ("/var/lib/cloud/instance/cloud-config.txt", "preserve_hostname: true\nmanage_etc_hosts: localhost\n", False),
        ("/var/lib/cloud/instance/cloud-config.txt", "x:\n  preserve_hostname: no\n  manage_etc_hosts: 1\n", False),
    ],
)
async def test_what_is_stronger_than_our_file_is_seen(path: str, text: str, overruled: bool) -> None:
    host = machine(NAME)
    host.disk.make_folder("/etc/cloud/cloud.cfg.d", ImaginaryFile(is_dir=True, mode=0o755))
    host.disk.make_folder(posixpath.dirname(path), ImaginaryFile(is_dir=True, mode=0o755))
    host.disk.place(path, ImaginaryFile(text.encode()))
    found = await finding(host, NAME)
    assert (found.status, found.cause) == ((Status.WARNING, "cloud_init") if overruled else (Status.OK, ""))
    assert (path in found.fix) is overruled is (await writes_hosts(host) == path)
    for change in (planned := await plan(host, NAME, "")):
        await change.perform(host, lambda line: None)
    assert "set_hostname" not in [change.kind for change in planned] and await plan(host, NAME, "") == []


async def test_user_data_is_stronger_than_vendor_data() -> None:
    host = proxmox()
    folder = "/var/lib/cloud/instance"
    host.disk.place(f"{folder}/vendor-cloud-config.txt", ImaginaryFile(b"manage_etc_hosts: false\n"))
    assert await writes_hosts(host) == f"{folder}/cloud-config.txt"
    host.disk.place(f"{folder}/cloud-config.txt", ImaginaryFile(b"manage_etc_hosts: false\n"))
    host.disk.place(f"{folder}/vendor-cloud-config.txt", ImaginaryFile(b"manage_etc_hosts: true\n"))
    assert await writes_hosts(host) == ""


async def test_where_there_is_no_cloud_init_nothing_is_written_for_it() -> None:
    host = machine(NAME)
    host.disk.make_folder("/var/lib/cloud/instance", ImaginaryFile(is_dir=True, mode=0o755))
    host.disk.place("/var/lib/cloud/instance/cloud-config.txt", ImaginaryFile(b"manage_etc_hosts: true\n"))
    assert [change.title for change in await plan(host, NAME, "")] == ["/etc/hosts"]


async def test_a_container_keeps_its_name_when_its_host_starts_it_anew() -> None:
    host = machine()
    section = "# --- BEGIN PVE ---\n192.0.2.5 vmi1\n# --- END PVE ---\n"
    host.disk.place("/etc/hosts", ImaginaryFile(f"127.0.0.1 localhost\n{section}".encode()))
    for change in await plan(host, NAME, "192.0.2.5"):
        await change.perform(host, lambda line: None)
    assert host.text("/etc/hosts") == f"127.0.0.1 localhost\n192.0.2.5 {NAME} smtp\n{section}"
    assert "/etc/.pve-ignore.hostname" in host.files and await plan(host, NAME, "192.0.2.5") == []
