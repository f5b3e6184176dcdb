"""Which operating system it is, from os-release(5)."""

from __future__ import annotations

import shlex

from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of

SUPPORTED = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04", "26.04")}
_WANTED = "Debian 12 or 13, Ubuntu 22.04, 24.04 or 26.04"
_PATHS = ("/etc/os-release", "/usr/lib/os-release")


async def release(host: Host) -> dict[str, str]:
    """The fields of os-release; none when there is no such file."""
    for path in _PATHS:
        try:
            return fields(await text_of(host, path))
        except (FileMissing, FileUnreadable):
            continue
    return {}


def fields(text: str) -> dict[str, str]:
    """The assignments of an os-release file, quotes left out; broken lines are passed over."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        try:
            words = shlex.split(value, comments=True)
        except ValueError:
            continue
        if equals and key.strip().isidentifier():
            found[key.strip()] = words[0] if words else ""
    return found


def is_supported(os: dict[str, str]) -> bool:
    """True for a release that mailwizard knows."""
    return os.get("VERSION_ID", "") in SUPPORTED.get(os.get("ID", ""), ())


def finding(os: dict[str, str]) -> Finding:
    """`os.release`."""
    name = os.get("PRETTY_NAME") or os.get("NAME") or os.get("ID", "")
    cause, fix = ("", "") if is_supported(os) else _refusal(os, name)
    status = Status.FAILED if fix else Status.OK
    found = (name,) if name else ()
    return Finding("os.release", status, "Operating system", "", _WANTED, found, "/etc/os-release", cause, fix)


def _refusal(os: dict[str, str], name: str) -> tuple[str, str]:
    if os.get("ID", "").lower() in ("tinycore", "tinycorelinux") or "tinycore" in name.lower().replace(" ", ""):
        fix = (
            "This is the installer's own small system: yours is not installed yet. Leave, wait some minutes, come back."
        )
        return "not_installed_yet", fix
    if not name:
        return "unknown", f"This system does not say what it is. Install {_WANTED}."
    return "unsupported", f"mailwizard does not know {name}. Install {_WANTED} on this server."
