"""The work tree: what it is to hold, what it holds, and how it comes from one to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailwizard import assets
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host
from mailwizard.saving.inventory import Inventory
from mailwizard.saving.manifest import BrokenBackup, Entry, Manifest, parse
from mailwizard.saving.places import ARCHIVE, FILES, MANIFEST, README, TREE


@dataclass(frozen=True)
class Difference:
    """Paths that are new, changed (content, owner or mode) and gone since the last backup."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    @property
    def lines(self) -> tuple[str, ...]:
        """`+ path`, `~ path` and `- path`."""
        signs = (("+", self.new), ("~", self.changed), ("-", self.gone))
        return tuple(f"{sign} {path}" for sign, paths in signs for path in paths)


def difference(before: tuple[Entry, ...], after: tuple[Entry, ...]) -> Difference:
    """What became of the files."""
    old, new = ({entry.path: entry for entry in entries} for entries in (before, after))
    both = sorted(old.keys() & new.keys())
    return Difference(
        tuple(sorted(new.keys() - old.keys())),
        tuple(path for path in both if old[path] != new[path]),
        tuple(sorted(old.keys() - new.keys())),
    )


def in_the_open(found: Inventory, secrets: str) -> tuple[Entry, ...]:
    """The files that lie unencrypted in the tree."""
    return found.files if secrets == "plain" else found.open


async def read_manifest(host: Host, folder: str = TREE) -> Manifest | None:
    """The list in a tree; None when there is none. Raises BrokenBackup for a damaged one, FileUnreadable."""
    try:
        return parse(await host.read(f"{folder}/{MANIFEST}"))
    except FileMissing:
        return None


async def last_saved(host: Host) -> Manifest:
    """The list of the last backup; an empty one when there is none or it is damaged (it is made anew then)."""
    try:
        return await read_manifest(host) or Manifest("", "exclude")
    except BrokenBackup:
        return Manifest("", "exclude")


async def contents(host: Host, found: Inventory) -> tuple[dict[str, bytes], Inventory]:
    """Each file's content by its path, and the inventory with the digests of what was really read."""
    read: dict[str, bytes] = {}
    for entry in found.files:
        try:
            read[entry.path] = await host.read(found.source_of(entry.path))
        except FileMissing:
            continue  # gone since it was listed
    kept = (e for e in found.files if e.path in read)
    exact = tuple(replace(e, sha256=hashlib.sha256(read[e.path]).hexdigest()) for e in kept)
    return read, replace(found, files=exact)


def wanted(manifest: Manifest, read: Mapping[str, bytes], archive: bytes | None, remote: str) -> dict[str, bytes]:
    """The tree's files by their place in it; `archive` None leaves the one that is there."""
    tree = {f"{FILES}{entry.path}": read[entry.path] for entry in manifest.files}
    about = assets.template("backup-readme.md").render(server=manifest.server, secrets=manifest.secrets, remote=remote)
    tree |= {MANIFEST: manifest.text.encode(), README: about.encode()}
    return tree | ({ARCHIVE: archive} if archive is not None else {})


async def write_tree(host: Host, tree: Mapping[str, bytes], keep: tuple[str, ...]) -> None:
    """Makes the work tree hold exactly these files, and those of `keep` that it has. Raises HostError (disk full)."""
    there = await _listed(host)
    for name, content in tree.items():
        path = f"{TREE}/{name}"
        if name in there and await host.read(path) == content:
            continue
        await host.make_dir(path.rpartition("/")[0], mode=0o700)
        await host.write(path, content, mode=0o600)
    for name in sorted(there - tree.keys() - set(keep)):
        await host.remove(f"{TREE}/{name}")


async def _listed(host: Host) -> set[str]:
    ran = await host.run(["find", TREE, "-name", ".git", "-prune", "-o", "-not", "-type", "d", "-printf", "%P\n"])
    return {line for line in ran.must().out.splitlines() if line}
