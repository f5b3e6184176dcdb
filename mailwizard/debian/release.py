"""Which Debian or Ubuntu a machine runs (os-release(5))."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, text_of

_OWN_ACME_FROM = {"debian": (13,), "ubuntu": (25, 10)}


@dataclass(frozen=True)
class Release:
    """`id` is "debian" or "ubuntu", `version` like "13" or "24.04", `codename` like "trixie"; all may be empty."""

    id: str = ""
    version: str = ""
    codename: str = ""

    @property
    def is_ubuntu(self) -> bool:
        """True on Ubuntu, where Debian's packages come from a mirror that the user names."""
        return self.id == "ubuntu"

    @property
    def has_acme_package(self) -> bool:
        """True when the distribution itself has a package acme.sh."""
        numbers = tuple(int(part) for part in self.version.split(".") if part.isdigit())
        return bool(numbers) and numbers >= _OWN_ACME_FROM.get(self.id, (9999,))


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
