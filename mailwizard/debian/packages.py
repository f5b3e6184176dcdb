"""Which version of a package is installed, and which one apt would install."""

from __future__ import annotations

import re

from mailwizard.host.protocol import Host

_UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)")


async def installed_version(host: Host, package: str) -> str:
    """The version of an installed package, as dpkg writes it; empty when it is not (or only half) installed."""
    ran = await host.run(("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package))
    status, _, version = ran.out.strip().partition(" ")
    return version if ran.ok and status == "installed" else ""


async def candidate_version(host: Host, package: str) -> str:
    """The version that apt would install by its lists and pins as they stand; empty when there is none."""
    ran = await host.run(("apt-cache", "policy", package))
    match = re.search(r"^\s*Candidate: (\S+)", ran.out, re.MULTILINE)
    return match[1] if ran.ok and match and match[1] != "(none)" else ""


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version: (1, 19, 0) for "1.19.0-1+b4"; () when it begins with none."""
    match = _UPSTREAM.match(version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()
