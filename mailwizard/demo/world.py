"""The state of the imagined world: what time it is, what is installed, what runs, what is published."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from mailwizard.host.protocol import Ran
from mailwizard.secret import Secret

HOSTNAME, DOMAIN = "mail.wizard-lab.example", "wizard-lab.example"
IPV4, IPV6, GATEWAY4, INTERFACE = "198.51.100.7", "2001:db8:7::7", "198.51.100.1", "eth0"
CA_BUNDLE = "/etc/ssl/demo-authority.pem"
SETUP = f"""\
# The answers of the demonstration. Nothing of it is real.
schema = 1

[server]
hostname = "{HOSTNAME}"

[certificate]
email = "postmaster@{DOMAIN}"
dns_plugin = "dns_cf"
ca_bundle = "{CA_BUNDLE}"

[[domain]]
name = "{DOMAIN}"
senders = ["i"]
dmarc = {{ policy = "quarantine", rua = "rua@{DOMAIN}", fo = "1" }}
receive = true
forward = {{ i = "somebody@gmail.com" }}
"""
CREDENTIALS: Mapping[str, Secret] = {"CF_Token": Secret("demo-token-of-nobody")}


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class Unit:
    """A unit of systemd; `since` is when it was started."""

    enabled: bool = False
    active: bool = False
    since: datetime | None = None


@dataclass
class Published:
    """A record in the imagined zone, from when on the authoritative servers have it, and until when."""

    name: str
    type: str
    value: str
    since: datetime
    until: datetime | None = None


@dataclass
class World:
    """`pace` is how long a line of a command's output takes, in seconds; `now` is the clock."""

    pace: float = 0.12
    now: Callable[[], datetime] = _now
    packages: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=lambda: {"root"})
    units: dict[str, Unit] = field(default_factory=dict)
    ipv6_on: bool = False  # by sysctl
    ipv6_up: bool = False  # by netplan, with an address
    records: list[Published] = field(default_factory=list)
    journal: list[tuple[datetime, str, bool]] = field(default_factory=list)  # when, what, whether it is about mail
    mirror_is_down: bool = False  # apt fetches nothing
    certificates: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # chain and key, both PEM, by first name
    written_at: dict[str, datetime] = field(default_factory=dict)

    def unit(self, name: str) -> Unit:
        """The unit of this name."""
        return self.units.setdefault(name, Unit())

    @property
    def mail_runs(self) -> bool:
        """True when chasquid runs."""
        return self.unit("chasquid.service").active

    def write(self, text: str, *, mail: bool = False) -> None:
        """A line in the system's journal."""
        self.journal.append((self.now(), text, mail))

    def publish(self, name: str, type: str, value: str, after: float = 0) -> None:
        """A record that stands from now on, or in so many seconds."""
        if not any(record.name == name and record.type == type and record.value == value for record in self.records):
            self.records.append(Published(name, type, value, self.now() + timedelta(seconds=after)))

    def standing(self, name: str, type: str) -> list[Published]:
        """The records that stand now."""
        now = self.now()
        return [
            record
            for record in self.records
            if (record.name, record.type) == (name, type)
            and record.since <= now
            and (record.until is None or now < record.until)
        ]

    async def say(self, argv: tuple[str, ...], *lines: str, code: int = 0) -> Ran:
        """A command that takes a while for its lines."""
        if self.pace:
            await asyncio.sleep(self.pace * max(len(lines), 1))
        return Ran(argv, code, "".join(f"{line}\n" for line in lines), "")
