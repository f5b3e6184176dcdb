"""Git hosts as catalogues/git_hosts.toml has them: where a deploy key goes, and the host keys they publish."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from mailwizard import assets
from mailwizard.saving.remote import Remote

_ANY_STEPS = (
    "in the repository's settings, under Deploy keys (at Gitea and Forgejo /settings/keys, at GitLab "
    "/-/settings/repository), with write access"
)


@dataclass(frozen=True)
class GitHost:
    """A row of the catalogue; `keys` are a key's type and its base64."""

    name: str
    title: str
    page: str
    steps: str
    keys: tuple[str, ...]


@lru_cache(maxsize=1)
def git_hosts() -> tuple[GitHost, ...]:
    """The catalogue, in its order."""
    import tomlkit

    rows = tomlkit.parse(assets.read("catalogues/git_hosts.toml")).unwrap()["host"]
    return tuple(
        GitHost(str(row["name"]), str(row["title"]), str(row["page"]), str(row["steps"]), tuple(map(str, row["keys"])))
        for row in rows
    )


def git_host_of(remote: Remote) -> GitHost | None:
    """The row for the remote's host on its usual port; None when the catalogue has none."""
    return next((row for row in git_hosts() if row.name == remote.host and remote.port == 22), None)


def where_to_paste(remote: Remote) -> str:
    """Where the deploy key is entered, in words and with the page's address where it is known."""
    row = git_host_of(remote)
    return f"{row.title}: {row.steps} ({row.page.format(path=remote.path)})" if row else f"{remote.host}: {_ANY_STEPS}"


def fingerprint(key: str) -> str:
    """`SHA256:…` of a key's base64, as ssh-keygen(1) shows it. Raises ValueError when it is no base64."""
    digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    return f"SHA256:{base64.b64encode(digest).decode('ascii').rstrip('=')}"
