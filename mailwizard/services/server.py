"""The step Server: is this machine fit to be a mail server?"""

from __future__ import annotations

import asyncio

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.mta.install import is_to_be_built
from mailwizard.network import outbound_smtp
from mailwizard.network.outbound_smtp import Asks
from mailwizard.network.routes import reaches_outside, route_out
from mailwizard.system import basis, capacity, clock, comfort, firewall, holders, hostname, ports, release


class Server:
    """The machine: its release, rights, capacity, name, ports, firewall, and its way out to port 25."""

    name = "server"
    title = "Server"
    needs: tuple[str, ...] = ()

    def __init__(self, dns: Asks) -> None:
        self._dns = dns

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """The findings `os.*`, but for port 25 over IPv6, which the step Addresses looks at. Only reads."""
        os, kind, held, wall, found = await asyncio.gather(
            release.release(host),
            release.architecture(host),
            holders.holders(host),
            firewall.look(host, _families(answers)),
            self._facts(host, answers),
        )
        others = [ports.finding(held, answers.server.replace_mta), firewall.finding(wall)]
        return [release.finding(os, kind), basis.root(host), *found[:-1], *others, found[-1]]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Name, other mail servers, firewall, extras; nothing on a system that is not known. Only reads."""
        os, kind = await asyncio.gather(release.release(host), release.architecture(host))
        if not release.is_supported(os, kind) or await host.stat("/run/systemd/system") is None:
            return []
        route, held, wall = await asyncio.gather(
            route_out(host, 4), holders.holders(host), firewall.look(host, _families(answers))
        )
        ipv4 = answers.server.ipv4 or (route.source if route and reaches_outside(route.source) else "")
        return [
            *await hostname.plan(host, answers.server.hostname, ipv4),
            *ports.plan(held, answers.server.replace_mta),
            *await firewall.plan(host, wall),
            *await comfort.plan(host, answers.server.comfort),
        ]

    async def _facts(self, host: Host, answers: Answers) -> list[Finding]:
        """systemd, memory, disk, clock, name, and the way out, which is last."""
        need = capacity.BUILDING if await is_to_be_built(host, answers.server) else capacity.INSTALLING
        return list(
            await asyncio.gather(
                basis.systemd(host),
                capacity.memory(host, need),
                capacity.disk(host, need),
                clock.clock(host),
                hostname.finding(host, answers.server.hostname),
                self._smtp(host, answers),
            )
        )

    async def _smtp(self, host: Host, answers: Answers) -> Finding:
        tried = await outbound_smtp.attempts(host, self._dns, answers.probes.outbound_smtp, 4)
        return outbound_smtp.finding(tried, 4)


def _families(answers: Answers) -> tuple[int, ...]:
    """What this server is reached over."""
    return (4,) if answers.server.ipv4_only else (4, 6)
