"""The git host's key, pinned in a file of our own: its published one, or the one it shows when it is first asked.

A key that is taken on first sight stands in the plan with its fingerprint, so that it can be compared before.
"""

from __future__ import annotations

import re

from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, text_of
from mailwizard.saving.git_hosts import fingerprint, git_host_of
from mailwizard.saving.places import KNOWN_HOSTS
from mailwizard.saving.remote import Remote

_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) ([A-Za-z0-9+/]{40,1400}={0,2})")
_BEST = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


async def known_hosts_changes(host: Host, remote: Remote) -> list[Change]:
    """What pins the host's key; empty when one is pinned, or when the host cannot be asked now. Only reads."""
    from mailwizard.changes.files import write_file

    kept = await _kept(host)
    if pinned(kept, remote):
        return []
    row = git_host_of(remote)
    keys, note = (
        (row.keys, f"the keys that {row.title} publishes") if row and row.keys else (await shown_keys(host, remote), "")
    )
    if not keys:
        return []
    text = kept + "".join(f"{remote.known_as} {key}\n" for key in keys)
    return await write_file(host, KNOWN_HOSTS, text, mode=0o600, note=note or first_sight(remote, keys[0]))


def first_sight(remote: Remote, key: str) -> str:
    """What is said of a key that nobody vouches for."""
    print_of_it = fingerprint(key.partition(" ")[2])
    return f"{remote.known_as} shows the host key {print_of_it} (compare it with what {remote.host} publishes)"


def pinned(text: str, remote: Remote) -> list[str]:
    """The keys that a known_hosts text has for the remote's host."""
    rows = (line.partition(" ") for line in text.splitlines())
    return [key for name, _, key in rows if name == remote.known_as and _KEY.match(key)]


async def shown_keys(host: Host, remote: Remote) -> tuple[str, ...]:
    """The keys that the host shows, the best kind first; none when it cannot be asked (ssh-keyscan(1))."""
    ran = await host.run(
        ["ssh-keyscan", "-T", "8", "-p", str(remote.port), "-t", "ed25519,ecdsa,rsa", remote.host], timeout=30
    )
    found = [match for line in ran.out.splitlines() if (match := _KEY.search(line)) and not line.startswith("#")]
    found.sort(key=lambda match: _BEST.index(match[1]))
    return tuple(dict.fromkeys(match.group(0) for match in found))


async def _kept(host: Host) -> str:
    try:
        return await text_of(host, KNOWN_HOSTS)
    except FileMissing:
        return ""
