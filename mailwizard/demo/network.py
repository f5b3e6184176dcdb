"""The imagined server's network: IPv6 is switched off, and its address lies ready in netplan's file, as a comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailwizard.demo.world import GATEWAY4, INTERFACE, IPV4, IPV6, World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.imaginary_files import Content, ImaginaryFile
from mailwizard.host.protocol import Ran
from mailwizard.network.ipv6_switch import DROP_IN
from mailwizard.network.netplan import OWN_FILE

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost

_NETPLAN = f"""\
network:
  version: 2
  ethernets:
    {INTERFACE}:
      addresses:
        - {IPV4}/24
#        - {IPV6}/64
      gateway4: {GATEWAY4}
#      gateway6: fe80::1
"""
_SYSCTL = "# Contabo: IPv6 is off until you want it\n#\n" + "".join(
    f"net.ipv6.conf.{name}.disable_ipv6 = 1\n" for name in ("all", "default", "lo")
)
_CONF = "/proc/sys/net/ipv6/conf"
_SWITCHES = tuple(f"{_CONF}/{name}/disable_ipv6" for name in ("all", "default", "lo", INTERFACE))
FILES: Mapping[str, Content] = {
    "/etc/sysctl.conf": _SYSCTL,
    "/etc/netplan/01-netcfg.yaml": ImaginaryFile(_NETPLAN.encode(), 0o600),
    "/usr/sbin/netplan": ImaginaryFile(b"", 0o755),
    **dict.fromkeys(_SWITCHES, "1\n"),
}


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What they answer."""

    def switch_on(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        for path in _SWITCHES:
            host.files[path] = ImaginaryFile(b"0\n")
        world.ipv6_on = True
        return host.text(DROP_IN)

    def apply(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        world.ipv6_up = world.ipv6_on and OWN_FILE in host.files
        return ""

    def merged(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        lines = [line for line in _NETPLAN.splitlines() if not line.startswith("#")]
        if OWN_FILE in host.files:
            lines.insert(lines.index(f"        - {IPV4}/24") + 1, f"        - {IPV6}/64")
        return "\n".join(lines) + "\n"

    return {
        ("ip", ...): lambda argv, stdin, env: _ip(world, argv),
        ("sysctl", ...): switch_on,
        ("netplan", "get"): merged,
        ("netplan", "generate"): "",
        ("netplan", "apply"): apply,
    }


def _ip(world: World, argv: tuple[str, ...]) -> Reply:
    if "link" in argv:
        return json.dumps([{"ifname": INTERFACE, "address": "00:50:56:00:00:07"}])
    if "-4" in argv:
        return json.dumps([{"dev": INTERFACE, "prefsrc": IPV4, "gateway": GATEWAY4}])
    if "addr" in argv:
        address = {"local": IPV6, "prefixlen": 64, "family": "inet6", "scope": "global"}
        return json.dumps([{"ifname": INTERFACE, "addr_info": [address] if world.ipv6_up else []}])
    if not world.ipv6_up:
        return Ran(argv, 0, "[]", "") if "show" in argv else Ran(argv, 2, "", "Network is unreachable\n")
    if "show" in argv:
        return json.dumps([{"dst": "default", "gateway": "fe80::1", "dev": INTERFACE, "protocol": "static"}])
    return json.dumps([{"dev": INTERFACE, "prefsrc": IPV6, "gateway": "fe80::1"}])
