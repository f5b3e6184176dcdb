"""Can anybody read the repository? It is tried without a login, as anybody would."""

from __future__ import annotations

import re

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Host
from mailwizard.saving.git_hosts import git_host_of
from mailwizard.saving.remote import Remote

_SMART = re.compile(rb"001e# service=git-upload-pack")
_DUMB = re.compile(rb"[0-9a-f]{40}\trefs/")  # a web server with plain files


async def is_public(host: Host, remote: Remote) -> bool | None:
    """True when it can be read without a login (gitprotocol-http(5)), False when not, None when that cannot be told."""
    try:
        status, body = await host.fetch(f"{remote.web}/info/refs?service=git-upload-pack", timeout=8)
    except Unreachable:
        return None
    if status == 200:
        return bool(_SMART.match(body) or _DUMB.match(body)) or None
    closed = (401, 403, 404) if git_host_of(remote) else (401, 403)  # elsewhere the web page may have another address
    return False if status in closed else None


async def refuse_public(host: Host, remote: Remote, why: str) -> None:
    """Returns unless anybody can read the repository. Raises HostError with the sentence `why` then."""
    if await is_public(host, remote):
        raise HostError(why)


def why_public(remote: Remote) -> str:
    """The sentence about a public repository that was to get secrets."""
    return (
        f"{remote.text} is public: anybody can read it, and your secrets were to go there. Make the repository "
        'private, or choose secrets = "exclude".'
    )


def why_history(remote: Remote) -> str:
    """The sentence about a public repository that got secrets in former times."""
    return (
        f"{remote.text} is public, and its history holds secrets that were saved in the open. Make it private now, "
        "change those secrets, and name a new, empty repository in your answers."
    )
