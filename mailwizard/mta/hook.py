"""The hook that keeps every account to its own domain (chasquid's docs/hooks.md); a hook of the user's is kept."""

from __future__ import annotations

from mailwizard import assets
from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host

FOLDER = "/etc/chasquid/hooks"
PATH = f"{FOLDER}/post-data"
OWN_PATH = f"{FOLDER}/post-data.local"
_MARK = b"Made by mailwizard"


def hook_text() -> bytes:
    """The hook's text."""
    return assets.read("templates/chasquid-post-data.sh").encode()


async def hook_changes(host: Host) -> list[Change]:
    """What puts the hook in place; a hook that stood there moves to post-data.local, which ours runs."""
    from mailwizard.changes.files import make_dir, write_file

    folder = await make_dir(host, FOLDER, mode=0o755)
    foreign = await _foreign(host)
    kept = await write_file(host, OWN_PATH, foreign, mode=0o755, note="your hook, run after ours") if foreign else []
    return [
        *folder,
        *kept,
        *await write_file(host, PATH, hook_text(), mode=0o755, note="keeps accounts to their domain"),
    ]


async def _foreign(host: Host) -> bytes:
    """The hook that somebody else put there; empty when there is none, or when it is kept already."""
    try:
        found = await host.read(PATH)
    except FileMissing:
        return b""
    return b"" if _MARK in found or await host.stat(OWN_PATH) else found
