"""An imaginary VPS whose network changes as a real one's does: sysctl, netplan, the timer of systemd."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.network.netplan import OWN_FILE, configured

V4, V6 = "198.51.100.7", "2001:db8:7::7"
ECHOES = ("https://a.example/", "https://b.example/")
CONF = "# as it came\nnet.ipv6.conf.all.disable_ipv6 = 1\n  net/ipv6/conf/eth0/disable_ipv6=1\nvm.swappiness = 1\n"
CLOUD = """network:
  version: 2
  ethernets:
    eth0:
      addresses:
      - "198.51.100.7/24"
"""
_PROC = "/proc/sys/net/ipv6/conf"


@dataclass
class Vps:
    """`host` is the machine. `breaks_ipv4`, `refuses`, `is_duplicate` and `never_up` are what can go wrong."""

    off: bool = True
    breaks_ipv4: bool = False
    refuses: bool = False
    is_duplicate: bool = False
    never_up: bool = False
    armed: str = ""
    up: set[str] = field(default_factory=set)
    host: ImaginaryHost = field(init=False)

    def __post_init__(self) -> None:
        value = "1\n" if self.off else "0\n"
        self.host = ImaginaryHost(
            files={
                "/proc/cmdline": "BOOT_IMAGE=/vmlinuz quiet\n",
                "/usr/sbin/netplan": "",
                "/etc/netplan/50-cloud-init.yaml": CLOUD,
                "/etc/sysctl.conf": CONF if self.off else "",
                "/etc/sysctl.d/10-x.conf": "kernel.x = 1\n",
                "/var/lib/mailwizard/journal": "",
                **{f"{_PROC}/{name}/disable_ipv6": value for name in ("all", "default", "lo", "eth0")},
            },
            commands={
                ("ip", ...): lambda argv, stdin, env: self._ip(argv),
                ("ping", ...): lambda argv, stdin, env: Ran(argv, int(self._is_broken), "", ""),
                ("sysctl", "-p", ...): lambda argv, stdin, env: self._sysctl(),
                ("netplan", ...): lambda argv, stdin, env: self._netplan(argv),
                ("systemd-run", ...): lambda argv, stdin, env: self._arm(argv),
                ("systemctl", ...): lambda argv, stdin, env: self._systemctl(argv),
            },
            pages={
                **{(url, 4): (200, V4.encode()) for url in ECHOES},
                **{(url, 6): (200, V6.encode()) for url in ECHOES},
            },
        )

    @property
    def _is_broken(self) -> bool:
        return self.breaks_ipv4 and bool(self.up)

    def _ip(self, argv: tuple[str, ...]) -> Ran:
        words = argv[2:]
        if words[:1] == ("link",):
            return _json(argv, [{"ifname": "eth0", "address": "00:50:56:aa:bb:cc"}])
        if words[:2] == ("-4", "route"):
            return _route(argv, V4, "198.51.100.1")
        if words[:3] == ("-6", "route", "get"):
            return _route(argv, min(self.up), "fe80::1") if self.up else Ran(argv, 2, "", "Network is unreachable\n")
        if words[:2] == ("-6", "route"):
            return _json(argv, [{"dst": "default", "gateway": "fe80::1", "protocol": "static"}] if self.up else [])
        return _json(argv, [{"ifname": "eth0", "addr_info": [self._info(address) for address in sorted(self.up)]}])

    def _info(self, address: str) -> dict[str, object]:
        bad = {"tentative": True, "dadfailed": True} if self.is_duplicate else {}
        return {"family": "inet6", "local": address, "prefixlen": 64, "scope": "global", **bad}

    def _sysctl(self) -> str:
        for name in ("all", "default", "lo", "eth0"):
            self.host.disk.place(f"{_PROC}/{name}/disable_ipv6", ImaginaryFile(b"0\n"))
        return ""

    def _merged(self) -> str:
        return "".join(self.host.text(path) for path in sorted(self.host.files) if path.startswith("/etc/netplan/"))

    def _netplan(self, argv: tuple[str, ...]) -> Ran:
        if argv[1] == "get":
            return Ran(argv, 0, self._merged(), "")
        if argv[1] == "generate" and self.refuses and OWN_FILE in self.host.files:
            return Ran(argv, 1, "", "90-mailwizard.yaml:3:1: Error in network definition\n")
        if argv[1] == "apply":
            self.up = set() if self.never_up else configured(self._merged())
        return Ran(argv, 0, "", "")

    def _arm(self, argv: tuple[str, ...]) -> str:
        self.armed = argv[-1]
        return ""

    def _systemctl(self, argv: tuple[str, ...]) -> Ran:
        if argv[1] == "is-active":
            return Ran(argv, 0 if self.armed else 3, "active\n" if self.armed else "inactive\n", "")
        if argv[1] == "start":
            self.host.disk.remove(OWN_FILE)
            self.up = configured(self._merged())
        if argv[1] == "stop":
            self.armed = ""
        return Ran(argv, 0, "", "")


def _json(argv: tuple[str, ...], items: list[dict[str, object]]) -> Ran:
    return Ran(argv, 0, json.dumps(items), "")


def _route(argv: tuple[str, ...], source: str, gateway: str) -> Ran:
    return _json(argv, [{"dst": argv[-1], "gateway": gateway, "dev": "eth0", "prefsrc": source, "flags": []}])
