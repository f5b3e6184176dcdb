"""What stands at a path: remembered in a plan, compared before the change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from mailwizard.changes import fields
from mailwizard.errors import FileChanged, FileMissing, HostError
from mailwizard.host.protocol import FileStat, Host


@dataclass(frozen=True)
class Standing:
    """A file's or folder's owner, mode and content; `digest` is SHA-256, empty when the content is not known."""

    mode: int
    owner: str
    group: str
    digest: str = ""

    def matches(self, now: Standing | None) -> bool:
        """True when `now` is the same; contents are compared where both are known."""
        if now is None or (self.mode, self.owner, self.group) != (now.mode, now.owner, now.group):
            return False
        return not self.digest or not now.digest or self.digest == now.digest

    def as_json(self, *, digest: bool) -> dict[str, object]:
        """For the journal. Without the digest where a short secret could be guessed from it."""
        kept: dict[str, object] = {"mode": self.mode, "owner": self.owner, "group": self.group}
        return {**kept, "digest": self.digest} if digest and self.digest else kept

    @classmethod
    def from_json(cls, kept: Mapping[str, object] | None) -> Standing | None:
        """What `as_json` gave; None for None. Raises HostError for a damaged record."""
        if kept is None:
            return None
        owner, group = fields.text(kept, "owner"), fields.text(kept, "group")
        return cls(fields.number(kept, "mode"), owner, group, fields.text(kept, "digest", ""))


# A file that an ordinary user may not look at: never equal to anything, so a plan shows the change
UNSEEN = Standing(-1, "", "")


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def of_stat(stat: FileStat, content: bytes | None = None) -> Standing:
    """The standing of a file with this stat and, where it was read, this content."""
    return Standing(stat.mode, stat.owner, stat.group, "" if content is None else digest(content))


async def plain_file(host: Host, path: str) -> tuple[Standing, bytes] | None:
    """What stands at `path` and its content; None when nothing does.

    Raises HostError for a folder or link (neither is written over), FileUnreadable when it may not be read.
    """
    stat = await host.stat(path)
    if stat is None:
        return None
    if stat.is_dir or stat.is_link:
        what = "folder" if stat.is_dir else "link"
        raise HostError(f"{path} is a {what}, not a file. Move it away, then go on.")
    try:
        content = await host.read(path)
    except FileMissing:  # removed between the two looks
        return None
    return of_stat(stat, content), content


async def refuse_if_changed(host: Host, path: str, before: Standing | None) -> None:
    """Returns when `path` is still as planned. Raises FileChanged when it is not."""
    now = await plain_file(host, path)
    standing = now[0] if now else None
    if before is None and standing is None:
        return
    if before is None or not before.matches(standing):
        raise FileChanged(f"{path} was changed by somebody else just now. Look at it, then plan again.")
