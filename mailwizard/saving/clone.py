"""A backup fetched from its repository and read, in a folder of our own. Whatever is odd in it is refused.

Nobody vouches for a repository: its list of files is looked at before a single one is laid out, links are never made,
and only what the backup's own list names, with the content it names, is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host
from mailwizard.saving.allowed import kind_of
from mailwizard.saving.archive import opened
from mailwizard.saving.git import Git
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.manifest import BrokenBackup, Entry, Manifest, parse, shown
from mailwizard.saving.places import ARCHIVE, BRANCH, FILES, MANIFEST, TRIAL
from mailwizard.saving.remote import Remote
from mailwizard.secret import Secret

_FETCHED = "refs/mailwizard/fetched"
_MOST_FILES, _MOST_BYTES, _MOST_ARCHIVE, _MOST_IN_ALL = 5000, 2_000_000, 60_000_000, 100_000_000
_PLAIN_FILES = ("100644", "100755")


@dataclass(frozen=True)
class Loaded:
    """A backup, read and checked. `archive` is still encrypted, None when there is none."""

    manifest: Manifest
    contents: dict[Entry, bytes] = field(repr=False)
    archive: bytes | None = field(default=None, repr=False)

    def secrets(self, identity: Secret) -> dict[Entry, bytes]:
        """What the archive holds; nothing when there is none. Raises WrongIdentity or BrokenBackup."""
        return opened(self.archive, identity) if self.archive is not None else {}


async def load(host: Host, remote: Remote) -> Loaded:
    """The backup at `remote`, its newest one. Raises GitFailed, BrokenBackup or HostError (disk full)."""
    async with _folder(host) as folder:
        git = Git(host, folder, remote)
        await git.begin()
        _must_have_backup(await git.readable_heads(), remote)
        await git.must("fetch", "--quiet", "--no-tags", "--depth=1", remote.text, f"+refs/heads/{BRANCH}:{_FETCHED}")
        names = checked(await git.must("ls-tree", "-r", "-z", "--long", "--full-tree", _FETCHED))
        await git.must("checkout", "--quiet", _FETCHED, "--", *names)
        return await _read(host, folder)


def _must_have_backup(heads: Mapping[str, str], remote: Remote) -> None:
    if not heads:
        raise GitFailed(f"{remote.text} is empty: there is no backup in it.", "empty")
    if BRANCH not in heads:
        raise GitFailed(
            f"{remote.text} is no mailwizard backup: it has the branch {shown(sorted(heads)[0])} and none that is "
            f"called {BRANCH}. Nothing was changed.",
            "not_a_backup",
        )


@asynccontextmanager
async def _folder(host: Host) -> AsyncIterator[str]:
    """An empty folder for root alone, gone afterwards; one that a crash left behind is cleared first."""
    await host.run(["rm", "-rf", TRIAL])
    await host.make_dir(TRIAL, mode=0o700)
    try:
        yield TRIAL
    finally:
        await host.run(["rm", "-rf", TRIAL])


def checked(listing: str) -> list[str]:
    """Which names to lay out, from `git ls-tree -r -z --long`. Raises BrokenBackup for a link, a submodule, a path
    outside, or more than any mail server has; other files beside the backup's own are left where they are."""
    names, total = set[str](), 0
    rows = [row for row in listing.split("\0") if row]
    if len(rows) > _MOST_FILES:
        raise BrokenBackup(f"The repository has {len(rows)} files, more than any mail server's backup.")
    for row in rows:
        facts, _, name = row.partition("\t")
        mode, _, _, size = facts.split()
        top = name.partition("/")[0]
        if top not in (MANIFEST, ARCHIVE, FILES):
            continue
        if mode not in _PLAIN_FILES:
            raise BrokenBackup(
                f"In the backup {shown(name)} is no plain file (git's mode {mode}). Nothing was changed."
            )
        if top == FILES and kind_of(name.removeprefix(FILES)) is None:
            raise BrokenBackup(
                f"The backup has a file for {shown(name.removeprefix(FILES))}, where none of a mail server's lies."
            )
        if int(size) > (_MOST_ARCHIVE if name == ARCHIVE else _MOST_BYTES):
            raise BrokenBackup(f"In the backup {shown(name)} has {size} bytes, more than any such file.")
        total += int(size)
        if total > _MOST_IN_ALL:
            raise BrokenBackup("The backup's files together are bigger than any mail server's. Nothing was changed.")
        names.add(top)
    if MANIFEST not in names:
        raise BrokenBackup(f"This repository is no mailwizard backup: it has no {MANIFEST}. Nothing was changed.")
    return sorted(names)


async def _read(host: Host, folder: str) -> Loaded:
    manifest = parse(await host.read(f"{folder}/{MANIFEST}"))
    contents = {entry: await _content(host, folder, entry) for entry in manifest.files}
    if not manifest.archive:
        return Loaded(manifest, contents)
    archive = await _read_file(host, f"{folder}/{ARCHIVE}", ARCHIVE)
    if hashlib.sha256(archive).hexdigest() != manifest.archive:
        raise BrokenBackup(f"{ARCHIVE} is not the one that the backup's list names. Nothing was changed.")
    return Loaded(manifest, contents, archive)


async def _content(host: Host, folder: str, entry: Entry) -> bytes:
    content = await _read_file(host, f"{folder}/{FILES}{entry.path}", entry.path)
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BrokenBackup(f"In the backup {entry.path} is not the file that its list names. Nothing was changed.")
    return content


async def _read_file(host: Host, path: str, name: str) -> bytes:
    stat = await host.stat(path)
    if stat is None or stat.is_link or stat.is_dir:
        raise BrokenBackup(f"{shown(name)} stands in the backup's list and is not in the repository.")
    try:
        return await host.read(path)
    except FileMissing:
        raise BrokenBackup(f"{shown(name)} stands in the backup's list and is not in the repository.") from None
