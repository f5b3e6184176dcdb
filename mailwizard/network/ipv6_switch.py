"""Is IPv6 switched on, now and at the next boot? By the kernel's command line and by sysctl.d(5).

`sysctl --system` reads /etc/sysctl.conf last, so that no drop-in can undo a line there; at boot newer systems do not
read it at all. So the lines there are taken back, and a drop-in is written as well.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mailwizard import assets
from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.changes.files import write_file
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of

SYSCTL_CONF = "/etc/sysctl.conf"
DROP_IN = "/etc/sysctl.d/99-zz-mailwizard-ipv6.conf"
_PROC = "/proc/sys/net/ipv6/conf"
_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
_OFF = re.compile(r"\s*-?\s*net[./]ipv6[./]conf[./](\S+?)[./]disable_ipv6\s*=\s*1\s*$")


@dataclass(frozen=True)
class OffLine:
    """A line that switches IPv6 off for `interface` ("all", "default", "eth0")."""

    path: str
    number: int
    text: str
    interface: str

    @property
    def counts(self) -> bool:
        """True when it is read after our drop-in, so that the drop-in cannot undo it."""
        return self.path == SYSCTL_CONF or PurePosixPath(self.path).name > PurePosixPath(DROP_IN).name

    @property
    def shown(self) -> str:
        """`/etc/sysctl.conf, line 3: net.ipv6.conf.all.disable_ipv6 = 1`."""
        return f"{self.path}, line {self.number}: {self.text.strip()}"


@dataclass(frozen=True)
class Switch:
    """`in_kernel` is False when the kernel has no IPv6 at all; `off_now` names where it is off at the moment."""

    interface: str
    in_kernel: bool = True
    off_by_command_line: bool = False
    off_now: tuple[str, ...] = ()
    lines: tuple[OffLine, ...] = ()
    has_drop_in: bool = False

    @property
    def off_at_boot(self) -> tuple[OffLine, ...]:
        """The lines that switch it off again, at the next boot or the next `sysctl --system`."""
        return tuple(line for line in self.lines if line.counts or not self.has_drop_in)

    @property
    def is_on(self) -> bool:
        """True when it is on and stays on."""
        return self.in_kernel and not self.off_now and not self.off_at_boot


async def look(host: Host, interface: str) -> Switch:
    """The switch as it stands for `interface`. Only reads."""
    (command_line, *values), (in_kernel, drop_in), lines = await asyncio.gather(
        _texts(host, ["/proc/cmdline", *(f"{_PROC}/{name}/disable_ipv6" for name in _names(interface))]),
        _are_there(host, (_PROC, DROP_IN)),
        _lines(host),
    )
    off = tuple(name for name, value in zip(_names(interface), values, strict=True) if value.strip() == "1")
    return Switch(interface, in_kernel, "ipv6.disable=1" in command_line.split(), off, lines, drop_in)


def _names(interface: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in ("all", "default", "lo", interface) if name))


async def plan(host: Host, switch: Switch) -> list[Change]:
    """What it takes to switch IPv6 on and keep it on; nothing when the kernel has none or it is on."""
    if not switch.in_kernel or (switch.is_on and not switch.has_drop_in):
        return []
    changes: list[Change] = []
    for path in dict.fromkeys(line.path for line in switch.lines if line.counts and line.path.startswith("/etc/")):
        changes += await _taken_back(host, path)
    changes += await write_file(host, DROP_IN, assets.template("ipv6-sysctl.conf").render(interface=switch.interface))
    if switch.off_now:
        changes.append(RunCommand("Switch IPv6 on", ("sysctl", "-p", DROP_IN), detail="from the file above"))
    return changes


async def _taken_back(host: Host, path: str) -> list[Change]:
    """The file with its lines kept as comments."""
    stat = await host.stat(path)
    if stat is None or stat.is_link:
        return []
    lines = (await text_of(host, path)).split("\n")
    text = "\n".join(f"# by mailwizard: {line}" if _OFF.match(line) else line for line in lines)
    count = sum(1 for line in lines if _OFF.match(line))
    note = f"{count} {'line' if count == 1 else 'lines'} kept as {'a comment' if count == 1 else 'comments'}"
    return await write_file(host, path, text, mode=stat.mode, owner=stat.owner, group=stat.group, note=note)


async def _lines(host: Host) -> tuple[OffLine, ...]:
    paths = [path for found in await asyncio.gather(*(_files(host, folder) for folder in _FOLDERS)) for path in found]
    paths = [*sorted(paths, key=lambda path: PurePosixPath(path).name), SYSCTL_CONF]
    texts = await _texts(host, paths)
    return tuple(
        OffLine(path, number, line, match[1])
        for path, text in zip(paths, texts, strict=True)
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _OFF.match(line))
    )


async def _files(host: Host, folder: str) -> list[str]:
    """The folder's *.conf, but links: those lead to /etc/sysctl.conf, which is read anyway, or to nothing."""
    try:
        paths = [f"{folder}/{name}" for name in await host.list(folder) if name.endswith(".conf")]
    except (FileMissing, FileUnreadable):
        return []
    stats = await asyncio.gather(*(host.stat(path) for path in paths))
    return [path for path, stat in zip(paths, stats, strict=True) if stat and not stat.is_link]


async def _texts(host: Host, paths: Sequence[str]) -> list[str]:
    """The files' texts, "" for one that is not there or not for us."""
    return list(await asyncio.gather(*(_text(host, path) for path in paths)))


async def _text(host: Host, path: str) -> str:
    try:
        return await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return ""


async def _are_there(host: Host, paths: Sequence[str]) -> list[bool]:
    return [stat is not None for stat in await asyncio.gather(*(host.stat(path) for path in paths))]
