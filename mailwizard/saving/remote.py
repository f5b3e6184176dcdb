"""The address of a git repository over SSH, in its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(r"ssh://(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+)(?::([0-9]+))?/(.*)")
_SCP = re.compile(r"([^@:/]+)@([^:/]+):(.*)")


@dataclass(frozen=True)
class Remote:
    """`git@github.com:me/conf.git` or `ssh://git@host:22/me/conf.git`; `path` without slashes around it and `.git`."""

    text: str
    user: str
    host: str
    port: int
    path: str

    @property
    def known_as(self) -> str:
        """How known_hosts names the host (sshd(8)): `host`, or `[host]:2222`."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    @property
    def web(self) -> str:
        """Where the repository could be read without a login, if it were public."""
        return f"https://{self.host}/{self.path}.git"


def parse_remote(text: str) -> Remote:
    """The parts of an address that `values.git_remote` found good. Raises ValueError for another text."""
    if match := _URL.fullmatch(text):
        user, host, port, path = match.groups()
        return Remote(text, user or "", host.strip("[]").lower(), int(port or 22), _bare(path))
    if match := _SCP.fullmatch(text):
        return Remote(text, match[1], match[2].lower(), 22, _bare(match[3]))
    raise ValueError(f"{text} is no git address over SSH")


def _bare(path: str) -> str:
    return path.strip("/").removesuffix(".git")
