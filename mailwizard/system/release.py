"""Which operating system it is, from os-release(5)."""

from __future__ import annotations

import re
import shlex

from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of
from mailwizard.text import listed

SUPPORTED = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04", "26.04")}
ARCHITECTURES = ("amd64", "arm64")
_WANTED = "Debian 12 or 13, Ubuntu 22.04, 24.04 or 26.04"
_INSTALL = "Install Ubuntu 24.04 LTS or 26.04 LTS, or Debian 13, on this server at your hosting provider."
_PATHS = ("/etc/os-release", "/usr/lib/os-release")
_OF_UBUNTU = re.compile(r"(\d\d)\.(04|10)")


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


async def architecture(host: Host) -> str:
    """What dpkg installs: "amd64", "arm64", "i386" (dpkg(1)); "" when it does not say."""
    return (await host.run(("dpkg", "--print-architecture"), timeout=10)).out.strip()


def is_supported(os: dict[str, str], architecture: str) -> bool:
    """True for a release that mailwizard knows, on a machine of a kind that it knows ("": nobody said)."""
    return _is_known(os) and architecture in ("", *ARCHITECTURES)


def _is_known(os: dict[str, str]) -> bool:
    return os.get("VERSION_ID", "") in SUPPORTED.get(os.get("ID", ""), ())


def finding(os: dict[str, str], architecture: str) -> Finding:
    """`os.release`."""
    name = os.get("PRETTY_NAME") or os.get("NAME") or os.get("ID", "")
    cause, fix = ("", "") if is_supported(os, architecture) else _refusal(os, name, architecture)
    status = Status.FAILED if fix else Status.OK
    found = tuple(word for word in (name, architecture if cause == "architecture" else "") if word)
    return Finding("os.release", status, "Operating system", "", _WANTED, found, "/etc/os-release", cause, fix)


def _refusal(os: dict[str, str], name: str, architecture: str) -> tuple[str, str]:
    if _is_known(os):
        only = f"mailwizard works on {listed(ARCHITECTURES)} only"
        return "architecture", f"{name} for {architecture} is not supported: {only}. Use a server with one of them."
    if os.get("ID", "").lower() in ("tinycore", "tinycorelinux") or "tinycore" in name.lower().replace(" ", ""):
        fix = (
            "This is the installer's own small system: yours is not installed yet. Leave, wait some minutes, come back."
        )
        return "not_installed_yet", fix
    if not name:
        return "unknown", f"This system does not say what it is. {_INSTALL}"
    return "unsupported", f"{_called(os, name)} is not supported{_because(os)}. {_INSTALL}"


def _called(os: dict[str, str], name: str) -> str:
    """`Ubuntu 25.04 (plucky)`: the name, with the version and the code name where it does not have them itself."""
    words = [name, os.get("VERSION_ID", ""), f"({os['VERSION_CODENAME']})" if os.get("VERSION_CODENAME") else ""]
    return " ".join(word for place, word in enumerate(words) if word and (place == 0 or word.strip("()") not in name))


def _because(os: dict[str, str]) -> str:
    """How long Canonical updates an Ubuntu: interim releases nine months, an LTS (even year, April) five years."""
    match = _OF_UBUNTU.fullmatch(os.get("VERSION_ID", "")) if os.get("ID") == "ubuntu" else None
    if match is None:
        return ""
    year, is_spring = 2000 + int(match[1]), match[2] == "04"
    if year % 2 or not is_spring:
        end = f"{'January' if is_spring else 'July'} {year + 1}"
        return f": it is an interim release, with updates for nine months only (until {end})"
    return f": its standard support ended in {year + 5}" if year < 2022 else ": mailwizard does not know it yet"
