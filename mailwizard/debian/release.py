"""Which Debian or Ubuntu a machine runs (os-release(5))."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, text_of


@dataclass(frozen=True)
class Release:
    """`id` is "debian" or "ubuntu", `version` like "13" or "24.04", `codename` like "trixie"; all may be empty."""

    id: str = ""
    version: str = ""
    codename: str = ""

    @property
    def is_ubuntu(self) -> bool:
        """True on Ubuntu, whose apt knows no Debian mirror and none of the keys that sign Debian testing."""
        return self.id == "ubuntu"

    @property
    def has_acme_package(self) -> bool:
        """True on Debian from 13 on, which has a package acme.sh of its own."""
        return self.id == "debian" and self.version.isdigit() and int(self.version) >= 13


def parse_release(text: str) -> Release:
    """The release that an os-release(5) file tells of. Never raises."""
    facts: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            try:
                facts[name] = "".join(shlex.split(value))
            except ValueError:
                facts[name] = value
    return Release(facts.get("ID", ""), facts.get("VERSION_ID", ""), facts.get("VERSION_CODENAME", ""))


async def release_of(host: Host) -> Release:
    """The machine's release; an empty one when it does not say. Raises FileUnreadable."""
    try:
        return parse_release(await text_of(host, "/etc/os-release"))
    except FileMissing:
        return Release()
