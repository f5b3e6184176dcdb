"""The imagined server: files, commands, connections, pages."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence

from mailwizard.demo import apt, authority, chasquid, network, shell, systemd
from mailwizard.demo.smtp import conversation, greeting_of
from mailwizard.demo.world import IPV4, IPV6, World
from mailwizard.errors import Unreachable
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import Content
from mailwizard.host.imaginary_net import ImaginaryStream
from mailwizard.host.protocol import Ran, Report, Stream
from mailwizard.secret import Secret

_FILES: Mapping[str, Content] = {
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'
    "VERSION_CODENAME=trixie\n",
    "/run/systemd/system/": "",
    "/proc/meminfo": "MemTotal:        8145232 kB\nSwapTotal:             0 kB\n",
    "/proc/cmdline": "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro\n",
    "/proc/sys/kernel/hostname": "vmi1234567\n",
    "/etc/hostname": "vmi1234567\n",
    "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 vmi1234567\n::1 localhost ip6-localhost\n",
    "/etc/apt/sources.list.d/debian.sources": "Types: deb\nURIs: http://mirror.hoster.example/debian\n"
    "Suites: trixie trixie-updates\nComponents: main\n",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "",
    "/etc/ssl/certs/": "",
    **network.FILES,
}


class DemoHost(ImaginaryHost):
    """A server of Contabo's kind, freshly rented: Debian 13, IPv6 switched off, nothing installed."""

    def __init__(self, world: World) -> None:
        super().__init__(files=_FILES, label="an imagined server")
        self.world = world
        for part in (shell, apt, systemd, network, chasquid, authority):
            self.commands.update(part.commands(world, self))

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        """As every imagined machine; the command and its output stand in the log, as a real machine's do."""
        self.log.write(f"$ {shlex.join(argv)}")
        ran = await super().run(argv, stdin=stdin, env=env, timeout=timeout)
        for line in (ran.out + ran.err).splitlines():
            self.log.write(f"  {line}")
            if report is not None:
                report(line)
                await asyncio.sleep(self.world.pace)
        return ran

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """As every imagined machine; when it was written is kept."""
        await super().write(path, content, mode=mode, owner=owner, group=group)
        self.world.written_at[path] = self.world.now()

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """The mail server of this machine, or one of the big operators' port 25."""
        if address in ("127.0.0.1", IPV4) and port in (25, 465, 587):
            if not self.world.mail_runs:
                raise Unreachable(f"{address} port {port} refused the connection.")
            return ImaginaryStream(conversation(self.world, self, port))
        greeting = greeting_of(address, self.world) if port == 25 else ""
        if not greeting:
            raise Unreachable(f"{address} port {port}: timed out")
        return ImaginaryStream(f"220 {greeting}\r\n".encode())

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        """The services that say which address they see."""
        if family == 6 and not self.world.ipv6_up:
            raise Unreachable(f"{url}: network is unreachable")
        if "ipify" in url or "icanhazip" in url:
            return 200, (IPV6 if family == 6 else IPV4).encode()
        raise Unreachable(f"{url} could not be reached.")
