"""Restoring: what comes back is answers, chasquid's own files and secrets. The rest is made anew by `apply`.

chasquid's user is made first: a chasquid that may not read its files does not start.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from mailwizard.answers import ANSWERS_PATH, STATE_FOLDER, Answers
from mailwizard.change import Change
from mailwizard.errors import FileMissing, HostError
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.mta.install import user_changes
from mailwizard.mta.users_file import GROUP
from mailwizard.saving.allowed import Kind
from mailwizard.saving.clone import Loaded
from mailwizard.saving.manifest import BrokenBackup, Entry

_FOR_ALL = ("fullchain.pem", "fullchain.cer", "ca.cer")  # certificates: no secret, though they lie among secrets


class Restore:
    """A service of its own, so that the engine carries it out and the journal has it. `files`: content by entry."""

    name = "restore"
    title = "Restore"
    needs: tuple[str, ...] = ()

    def __init__(self, files: Mapping[Entry, bytes]) -> None:
        self.files = files

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """Nothing: what was restored is looked at by the steps themselves."""
        return []

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """The files that are not there yet, and their folders. Raises HostError when others stand in their place."""
        from mailwizard.changes.files import write_file

        await self._refuse_others(host)
        belongs = any(entry.group == GROUP for entry in self.files)
        changes: list[Change] = await user_changes(host) if belongs else []
        changes += await _folders(host, sorted(entry.path for entry in self.files))
        for entry, content in sorted(self.files.items()):
            if await host.stat(entry.path) is None:
                changes += await write_file(
                    host,
                    entry.path,
                    content,
                    mode=_mode(entry),
                    group=GROUP if entry.group == GROUP else "root",
                    secret=entry.kind is Kind.SECRET,
                    note="restored",
                )
        return changes

    async def _refuse_others(self, host: Host) -> None:
        others = [
            entry.path for entry, content in sorted(self.files.items()) if await _differs(host, entry.path, content)
        ]
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            raise HostError(
                f"This server has other files than the backup: {', '.join(others[:3])}{more}. Nothing was changed. "
                "Restore onto a fresh server, or move these files away."
            )


def to_restore(loaded: Loaded, secrets: Mapping[Entry, bytes], answers_text: str) -> dict[Entry, bytes]:
    """The files that come back: no system files, and setup.toml with `answers_text`. Raises BrokenBackup."""
    files = {**loaded.contents, **secrets}
    if len({entry.path for entry in files}) != len(files):
        raise BrokenBackup("The backup holds a file twice, in the open and encrypted. Nothing was changed.")
    paths = {entry.path for entry in files}
    for path in paths:
        if any(str(folder) in paths for folder in PurePosixPath(path).parents):
            raise BrokenBackup(f"The backup holds {path} in a folder that it also has as a file. Nothing was changed.")
    return {
        entry: answers_text.encode() if entry.path == ANSWERS_PATH else content
        for entry, content in files.items()
        if entry.kind is not Kind.SYSTEM
    }


def answers_in(loaded: Loaded) -> bytes:
    """The backup's setup.toml. Raises BrokenBackup when there is none."""
    found = [content for entry, content in loaded.contents.items() if entry.path == ANSWERS_PATH]
    if not found:
        raise BrokenBackup("The backup has no setup.toml, so nothing can be made from it. Nothing was changed.")
    return found[0]


def _mode(entry: Entry) -> int:
    """As it was, without what could be dangerous: a secret is for root and its group alone, and they only read it."""
    hidden = entry.kind is Kind.SECRET and entry.path.rpartition("/")[2] not in _FOR_ALL
    return entry.mode & (0o750 if hidden else 0o755)


async def _folders(host: Host, paths: list[str]) -> list[Change]:
    from mailwizard.changes.files import make_dir

    changes: list[Change] = []
    folders = sorted({path.rpartition("/")[0] for path in paths})
    parents = sorted(
        {"/".join(folder.split("/")[:end]) for folder in folders for end in range(3, folder.count("/") + 2)}
    )
    for folder in parents:
        if await host.stat(folder) is None:
            closed = folder.startswith(STATE_FOLDER)
            changes += await make_dir(host, folder, mode=0o700 if closed else 0o755)
    return changes


async def _differs(host: Host, path: str, content: bytes) -> bool:
    """True when something else stands there; the same file is no obstacle."""
    stat = await host.stat(path)
    if stat is None:
        return False
    if stat.is_dir or stat.is_link:
        return True
    try:
        return await host.read(path) != content
    except FileMissing:
        return False
