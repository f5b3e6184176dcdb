"""Who holds the ports that mail needs: 25, 465 and 587 (ss(8))."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of

MAIL_PORTS = (25, 465, 587)
_PROCESS = re.compile(r'\("([^"]*)",pid=(\d+)')
_UNIT = re.compile(r"/([^/\s]+\.(?:service|socket))(?:/|$)", re.MULTILINE)
# what more than mail hangs on; by unit, for many programs may run in one
_NOT_MAIL = re.compile(
    r"(sshd?|dropbear|docker|containerd|podman|k3s|kubelet|lxd|incus|nginx|apache2|haproxy|x?inetd)\b"
)
_OF_CONTAINERS = ("docker-proxy", "rootlessport", "conmon")  # they listen for a container that publishes a port
_CONTAINER = re.compile(r"/(docker|libpod|lxc|machine\.slice|kubepods)\b")
_REAL_NAMES = {"master": "postfix", "smtpd": "opensmtpd", "sendmail-mta": "sendmail"}  # postfix has a smtpd as well


@dataclass(frozen=True)
class Holder:
    """A program that listens on one of the ports; `program` is "" when only root can see it."""

    port: int
    program: str = ""
    unit: str = ""
    pid: str = ""
    in_container: bool = False

    @property
    def can_be_stopped(self) -> bool:
        """True when a service of systemd runs it that does nothing but mail, as far as its name tells."""
        return bool(self.unit) and not _NOT_MAIL.match(self.unit)

    @property
    def is_chasquid(self) -> bool:
        """True for chasquid itself and for the sockets that systemd holds for it."""
        return not self.in_container and (self.program == "chasquid" or self.unit.startswith("chasquid"))

    @property
    def name(self) -> str:
        """What people call it."""
        if self.unit.startswith("postfix"):
            return "postfix"
        return _REAL_NAMES.get(self.program, self.program) or "a program that only root can see"

    @property
    def shown(self) -> str:
        """`port 25: exim4 (exim4.service)`."""
        where = "for a container" if self.in_container else self.unit
        return f"port {self.port}: {self.name} ({where})" if where else f"port {self.port}: {self.name}"


async def holders(host: Host) -> list[Holder] | None:
    """Who listens on the mail ports; None when it cannot be told."""
    ran = await host.run(("ss", "-Hltnp"), timeout=10)
    if not ran.ok:
        return None
    found = [item for line in ran.out.splitlines() if (item := _listener(line))]
    sockets = await _sockets(host) if found else {}
    known = await asyncio.gather(*(_holder(host, port, program, pid, sockets) for port, program, pid in found))
    return list(dict.fromkeys(known))


def _listener(line: str) -> tuple[int, str, str] | None:
    """Port, program and process of a line of ss, when it is about one of the ports."""
    words = line.split(None, 5)
    port = words[3].rpartition(":")[2] if len(words) > 4 else ""
    if not port.isdigit() or int(port) not in MAIL_PORTS:
        return None
    match = _PROCESS.search(words[5] if len(words) > 5 else "")
    return (int(port), match[1], match[2]) if match else (int(port), "", "")


async def _sockets(host: Host) -> dict[int, str]:
    """Which unit of systemd holds which of the ports."""
    ran = await host.run(("systemctl", "list-sockets", "--no-legend", "--no-pager"), timeout=10)
    rows = (line.split() for line in ran.out.splitlines())
    pairs = ((words[0].rpartition(":")[2], words[1]) for words in rows if len(words) > 1)
    return {int(port): unit for port, unit in pairs if port.isdigit()}


async def _holder(host: Host, port: int, program: str, pid: str, sockets: dict[int, str]) -> Holder:
    if port in sockets and program in ("systemd", "", "chasquid"):
        return Holder(port, program or "systemd", sockets[port])
    if not pid:
        return Holder(port, program)
    group, first = await _control_group(host, pid), await _control_group(host, "1")
    # a machine that is itself a container may see the names of its own host's control groups on everything
    if program in _OF_CONTAINERS or (_CONTAINER.search(group) and not _CONTAINER.search(first)):
        return Holder(port, program, "", pid, in_container=True)
    return Holder(port, program, _unit(group), pid)


def _unit(group: str) -> str:
    """The system's unit that a control group is of (systemd.special(7)); none for what runs in a user's session."""
    found = _UNIT.findall(group)
    return found[-1] if found and "/user.slice/" not in group else ""


async def _control_group(host: Host, pid: str) -> str:
    try:
        return await text_of(host, f"/proc/{pid}/cgroup")
    except (FileMissing, FileUnreadable):
        return ""
