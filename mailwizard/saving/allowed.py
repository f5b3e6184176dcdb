"""Which files are saved, and may be restored: a table of paths, and nothing outside it.

What is not known to be harmless is a secret: in a domain's folder everything but its aliases.
"""

from __future__ import annotations

import re
from enum import Enum

NAME = r"[A-Za-z0-9_][A-Za-z0-9_.+@:-]*"
_STATE, _UNITS = "/var/lib/mailwizard", "/etc/systemd/system"


class Kind(str, Enum):
    """What a file is: answers and chasquid's files come back by a restore, and so do secrets.

    System files are made anew from the answers, for another machine has another network.
    """

    ANSWERS = "answers"
    CHASQUID = "chasquid"
    SECRET = "secret"
    SYSTEM = "system"


_TABLE: tuple[tuple[Kind, str], ...] = (
    (Kind.ANSWERS, r"/etc/mailwizard/setup\.toml"),
    (Kind.SECRET, r"/etc/mailwizard/credentials\.env"),
    (Kind.CHASQUID, r"/etc/chasquid/chasquid\.conf"),
    (Kind.CHASQUID, rf"/etc/chasquid/hooks/{NAME}"),
    (Kind.CHASQUID, rf"/etc/chasquid/domains/{NAME}/aliases"),
    (Kind.SECRET, rf"/etc/chasquid/domains/{NAME}/{NAME}"),
    (Kind.SECRET, rf"/etc/chasquid/certs/{NAME}/{NAME}"),
    (Kind.SECRET, rf"{_STATE}/dkim/{NAME}/{NAME}"),
    (Kind.SECRET, rf"{_STATE}/acme/(?:{NAME}/){{0,4}}{NAME}"),
    (Kind.SYSTEM, rf"{_UNITS}/mailwizard-[A-Za-z0-9-]+\.(?:service|timer)"),
    (Kind.SYSTEM, rf"{_UNITS}/chasquid[A-Za-z0-9_-]*\.(?:service|socket)"),
    (Kind.SYSTEM, rf"{_UNITS}/chasquid[A-Za-z0-9_-]*\.(?:service|socket)\.d/{NAME}\.conf"),
    (Kind.SYSTEM, r"/etc/netplan/90-mailwizard\.yaml"),
    (Kind.SYSTEM, rf"/etc/sysctl\.d/{NAME}-mailwizard-{NAME}\.conf"),
    (Kind.SYSTEM, r"/etc/apt/sources\.list\.d/mailwizard\.sources"),
    (Kind.SYSTEM, rf"/etc/apt/preferences\.d/mailwizard-{NAME}"),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _TABLE)
# what acme.sh writes beside its keys, and nobody needs again
_NOT_SAVED = re.compile(rf"{_STATE}/acme/(?:.*/)?(?:http\.header|[^/]*\.log|backup/.*)|.*[~]|.*\.dpkg-[a-z]+")

_LONGEST_FOLDER = 253  # a domain's; file systems take 255
_LONGEST_NAME = 220  # for a file is written under a longer name first
MODES = 0o755  # what is kept of a mode: nobody but the owner writes, and nothing runs as somebody else

FOLDERS = (
    *("/etc/mailwizard", "/etc/chasquid", f"{_STATE}/dkim", f"{_STATE}/acme", _UNITS, "/etc/netplan", "/etc/sysctl.d"),
    *("/etc/apt/sources.list.d", "/etc/apt/preferences.d"),
)


def kind_of(path: str) -> Kind | None:
    """What the file at `path` is; None when it is none of ours, and for every path that is not written plainly."""
    if ".." in path or "//" in path or len(path) > 400 or _NOT_SAVED.fullmatch(path):
        return None
    *folders, name = path.split("/")
    if len(name) > _LONGEST_NAME or any(len(folder) > _LONGEST_FOLDER for folder in folders):
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(path)), None)
