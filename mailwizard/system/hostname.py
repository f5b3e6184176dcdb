"""The machine's own name (hostname(5), hosts(5))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard import values
from mailwizard.change import Change
from mailwizard.changes import fields, register
from mailwizard.changes.files import write_file
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, Report, text_of
from mailwizard.system import cloud_init

_FILE, _KERNEL, _HOSTS = "/etc/hostname", "/proc/sys/kernel/hostname", "/etc/hosts"
_OF_PROXMOX = "# --- BEGIN PVE ---"


@dataclass(frozen=True)
class SetHostName:
    """The machine's name, now and after the next boot."""

    kind: ClassVar[str] = "set_hostname"
    name: str
    before: str = ""

    @property
    def title(self) -> str:
        """`Call this server smtp.example.com`."""
        return f"Call this server {self.name}"

    @property
    def detail(self) -> str:
        """What it is called now."""
        return f"it is {self.before}" if self.before else ""

    async def diff(self, host: Host) -> str:
        """Both names. Only reads."""
        return f"--- {_FILE}\n+++ {_FILE}\n-{await standing(host)}\n+{self.name}\nhostname {self.name}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Writes the file and tells the kernel (hostname(1)). Raises HostError."""
        await host.write(_FILE, f"{self.name}\n".encode(), mode=0o644)
        (await host.run(("hostname", self.name), timeout=10)).must()
        report(f"this server is {self.name}")

    async def inverse(self, host: Host) -> Change | None:
        """The name it has now."""
        now = await standing(host)
        return SetHostName(now, self.name) if now else None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "name": self.name, "before": self.before}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> SetHostName:
        """Raises HostError when the record is damaged."""
        name = fields.text(kept, "name")
        if name.startswith("-") or not name.replace("-", "").replace(".", "").isalnum():
            raise fields.damaged(kept, "name")
        return cls(name, fields.text(kept, "before", ""))


register(SetHostName.kind, SetHostName.from_json)


async def standing(host: Host) -> str:
    """The name in /etc/hostname; "" when there is none."""
    return (await _text(host, _FILE)).strip()


async def finding(host: Host, wanted: str) -> Finding:
    """`os.hostname`: is it the server's name, now and after the next boot?"""
    now, at_boot = (await _text(host, _KERNEL)).strip(), await standing(host)
    found = tuple(dict.fromkeys(name for name in (now, at_boot) if name))
    status = Status.SKIPPED if not wanted else Status.OK if found == (wanted,) else Status.FAILED
    cause, fix = "other_value" if status is Status.FAILED else "", ""
    if status is Status.OK and (file := await cloud_init.names_it(host)):
        status, cause, fix = Status.WARNING, "cloud_init", _renamed(wanted, file)
    return Finding("os.hostname", status, "Host name", "", wanted, found, f"{_KERNEL}, {_FILE}", cause, fix)


def _renamed(wanted: str, file: str) -> str:
    why = f"cloud-init may set the name again, because {file} says preserve_hostname: false"
    return f"Name this server {wanted} at your hosting provider as well: {why}."


async def plan(host: Host, wanted: str, ipv4: str) -> list[Change]:
    """What it takes for the machine to be called so, and to find itself by that name. Only reads."""
    if not wanted:
        return []
    changes: list[Change] = []
    found = await finding(host, wanted)
    if found.status is Status.FAILED:
        changes.append(SetHostName(wanted, ", ".join(found.found)))
    return [*changes, *await _hosts(host, wanted, ipv4), *await _cloud(host, wanted, ipv4), *await _proxmox(host)]


async def _hosts(host: Host, wanted: str, ipv4: str, path: str = _HOSTS) -> list[Change]:
    text = await _text(host, path)
    changed = with_name(text, wanted, ipv4)
    return (
        await write_file(host, path, changed, note=f"this server finds itself as {wanted}") if changed != text else []
    )


def with_name(text: str, name: str, ipv4: str) -> str:
    """/etc/hosts with a line for `name` after the loopback's lines; unchanged when it has one (127.0.1.1: Debian's)."""
    lines = text.splitlines()
    if any(name in line.split("#")[0].lower().split()[1:] for line in lines):
        return text
    last = max((number for number, line in enumerate(lines, 1) if line.startswith("127.")), default=0)
    lines.insert(last, f"{ipv4 or '127.0.1.1'} {values.host_name(name)} {name.split('.')[0]}")
    return "\n".join(lines) + "\n"


async def _cloud(host: Host, wanted: str, ipv4: str) -> list[Change]:
    """cloud-init would give the machine its former name back at the next boot, and perhaps make /etc/hosts anew."""
    changes = await cloud_init.plan(host)
    if await cloud_init.writes_hosts(host) and await host.stat(cloud_init.TEMPLATE):
        changes += await _hosts(host, wanted, ipv4, cloud_init.TEMPLATE)
    return changes


async def _proxmox(host: Host) -> list[Change]:
    """A container's host writes its name anew at each start, unless this file is there (Proxmox VE, pct(1))."""
    if _OF_PROXMOX not in await _text(host, _HOSTS):
        return []
    return await write_file(host, "/etc/.pve-ignore.hostname", "", note="the name stays at the next start")


async def _text(host: Host, path: str) -> str:
    try:
        return await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return ""
