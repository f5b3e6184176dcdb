"""What the owner of a network is to write where netplan does not look after it: three other programs may."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import PurePosixPath

from mailwizard.host.protocol import Host
from mailwizard.network.proposal import Proposal

_FILE = re.compile(r"^\s*Network File: (/\S+)", re.MULTILINE)


async def by_hand(host: Host, interface: str, proposal: Proposal) -> str:
    """The words that finish "... so you are to change it yourself: ". Only reads.

    nmcli(1), systemd.network(5) and interfaces(5), in this order; the last is what Debian has without the others.
    """
    manager, networkd = await asyncio.gather(
        host.run(("nmcli", "-g", "GENERAL.CONNECTION", "device", "show", interface), timeout=10),
        host.run(("networkctl", "--no-pager", "status", interface), timeout=10),
    )
    address = f"{proposal.address}/{proposal.prefix}"
    connection, file = manager.out.strip(), _FILE.search(networkd.out)
    if manager.ok and connection not in ("", "--"):
        return _nmcli(connection, address, proposal.gateway)
    if networkd.ok and file:
        extra = f"/etc/systemd/network/{PurePosixPath(file[1]).name}.d/ipv6.conf"
        lines = f"`[Network]`, `Address={address}` and `Gateway={proposal.gateway}`"
        return f"in a new file {extra} that is {lines}, each on a line of its own; then `networkctl reload`"
    lines = f"iface {interface} inet6 static; address {address}; gateway {proposal.gateway}"
    return f"in /etc/network/interfaces that is `{lines}`"


def _nmcli(connection: str, address: str, gateway: str) -> str:
    name = shlex.quote(connection)
    change = f"nmcli connection modify {name} ipv6.method manual ipv6.addresses {address} ipv6.gateway {gateway}"
    return f"`{change}`, then `nmcli connection up {name}`"
