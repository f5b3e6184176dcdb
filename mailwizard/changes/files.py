"""Writing and removing files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import difference, fields
from mailwizard.changes.folders import make_dir
from mailwizard.changes.standing import UNSEEN, Standing, digest, plain_file, refuse_if_changed
from mailwizard.errors import FileUnreadable, HostError
from mailwizard.host.protocol import Host, Report

__all__ = ["RemoveFile", "SetMode", "WriteFile", "make_dir", "remove_file", "write_file"]


async def write_file(
    host: Host,
    path: str,
    content: bytes | str,
    *,
    mode: int = 0o644,
    owner: str = "root",
    group: str = "root",
    secret: bool = False,
    note: str = "",
) -> list[Change]:
    """What it takes for the file to stand so: nothing, one SetMode, or one WriteFile. Only reads.

    `note` says in a few words what is special. A file that this user may not read is planned to be written, as
    nobody can tell whether it differs. Raises HostError when a folder or link stands there.
    """
    wanted = content.encode() if isinstance(content, str) else content
    try:
        found = await plain_file(host, path)
    except FileUnreadable:
        return [WriteFile(path, wanted, mode, owner, group, secret, note or "not readable for you", UNSEEN)]
    if found is None or found[1] != wanted:
        return [WriteFile(path, wanted, mode, owner, group, secret, note, found[0] if found else None)]
    now = found[0]
    same = (now.mode, now.owner, now.group) == (mode, owner, group)
    return [] if same else [SetMode(path, mode, owner, group, now, note)]


async def remove_file(host: Host, path: str, note: str = "", *, secret: bool | None = None) -> list[Change]:
    """Nothing when no file is there, else one RemoveFile. Only reads. Raises HostError for a folder or link.

    `secret` content is not kept in the journal (it cannot be brought back); None: secret when others may not read it.
    """
    try:
        found = await plain_file(host, path)
    except FileUnreadable:
        return [RemoveFile(path, UNSEEN, True, note or "not readable for you")]
    if found is None:
        return []
    hidden = found[0].mode & 0o004 == 0 if secret is None else secret
    return [RemoveFile(path, found[0], hidden, note)]


@dataclass(frozen=True)
class WriteFile:
    """A file placed whole, with owner and mode; refused when what stands there is no longer `before`."""

    kind: ClassVar[str] = "write_file"
    path: str
    content: bytes = field(repr=False)  # it may be a secret
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False
    note: str = ""
    before: Standing | None = None

    @property
    def title(self) -> str:
        """The path."""
        return self.path

    @property
    def detail(self) -> str:
        """`new`, the mode where it is not the usual one, and the note."""
        words = ["new"] if self.before is None else []
        if self.mode != 0o644 and (self.before is None or self.before.mode != self.mode):
            words.append(f"{self.mode:04o}")
        return ", ".join([*words, self.note] if self.note else words)

    @property
    def after(self) -> Standing:
        """What stands at the path once it is written."""
        return Standing(self.mode, self.owner, self.group, digest(self.content))

    async def diff(self, host: Host) -> str:
        """A unified diff, then what changes in mode and owner. Only reads."""
        try:
            found = await plain_file(host, self.path)
        except FileUnreadable:
            return f"{self.path} is not readable for you: the difference cannot be shown.\n"
        old, now = (found[1], found[0]) if found else (None, None)
        shown = difference.SECRET if self.secret else difference.of_content(self.path, old, self.content)
        return shown + difference.of_standing(now, self.mode, self.owner, self.group)

    async def perform(self, host: Host, report: Report) -> None:
        """Writes it. Raises FileChanged, FileUnreadable, FileMissing (no such folder) or HostError (disk full)."""
        await refuse_if_changed(host, self.path, self.before)
        await host.write(self.path, self.content, mode=self.mode, owner=self.owner, group=self.group)
        report(f"wrote {self.path}")

    async def inverse(self, host: Host) -> Change | None:
        """Puts back what stands there now; None for a secret, whose old content is kept nowhere."""
        found = await plain_file(host, self.path)
        if found is None:
            return RemoveFile(self.path, self.after, self.secret)
        now, old = found
        if old == self.content:
            return SetMode(self.path, now.mode, now.owner, now.group, self.after)
        return None if self.secret else WriteFile(self.path, old, now.mode, now.owner, now.group, before=self.after)

    def as_json(self) -> dict[str, object]:
        """For the journal; `content` is left out when it is secret."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail, "path": self.path}
        kept |= {"mode": self.mode, "owner": self.owner, "group": self.group, "note": self.note}
        kept["before"] = self.before.as_json(digest=not self.secret) if self.before else None
        return kept | ({"secret": True} if self.secret else _content_as_json(self.content))

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> WriteFile:
        """Raises HostError when the record is damaged or its content was left out."""
        path = fields.text(kept, "path")
        if fields.yes(kept, "secret"):
            raise HostError(f"The content of {path} is secret and was not kept. Write it again yourself.")
        owner, group, note = (fields.text(kept, key, "") for key in ("owner", "group", "note"))
        before = Standing.from_json(fields.section(kept, "before"))
        return cls(path, _content_from_json(kept), fields.number(kept, "mode"), owner, group, False, note, before)


@dataclass(frozen=True)
class SetMode:
    """A file that keeps its content and gets another owner or mode (chmod(1), chown(1))."""

    kind: ClassVar[str] = "set_mode"
    path: str
    mode: int
    owner: str
    group: str
    before: Standing
    note: str = ""

    @property
    def title(self) -> str:
        """The path."""
        return self.path

    @property
    def detail(self) -> str:
        """What mode and owner become."""
        words = difference.of_standing(self.before, self.mode, self.owner, self.group).splitlines()
        return ", ".join([*words, self.note] if self.note else words)

    async def diff(self, host: Host) -> str:
        """What changes in mode and owner. Only reads."""
        return difference.of_standing(self.before, self.mode, self.owner, self.group)

    async def perform(self, host: Host, report: Report) -> None:
        """Writes the same content anew, with owner and mode. Raises FileChanged and what writing raises."""
        await refuse_if_changed(host, self.path, self.before)
        content = await host.read(self.path)
        await host.write(self.path, content, mode=self.mode, owner=self.owner, group=self.group)
        report(f"{self.path}: {self.detail}")

    async def inverse(self, host: Host) -> Change | None:
        """Gives it back the owner and mode it has now."""
        after = Standing(self.mode, self.owner, self.group, self.before.digest)
        return SetMode(self.path, self.before.mode, self.before.owner, self.before.group, after)

    def as_json(self) -> dict[str, object]:
        """For the journal; without a digest, as the content may be secret."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail, "path": self.path}
        kept |= {"mode": self.mode, "owner": self.owner, "group": self.group, "note": self.note}
        return kept | {"before": self.before.as_json(digest=False)}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> SetMode:
        """Raises HostError when the record is damaged."""
        before = Standing.from_json(fields.section(kept, "before"))
        if before is None:
            raise fields.damaged(kept, "before")
        path, owner, group = (fields.text(kept, key) for key in ("path", "owner", "group"))
        return cls(path, fields.number(kept, "mode"), owner, group, before, fields.text(kept, "note", ""))


@dataclass(frozen=True)
class RemoveFile:
    """A file taken away; refused when it is no longer `before`."""

    kind: ClassVar[str] = "remove_file"
    path: str
    before: Standing
    secret: bool = False
    note: str = ""

    @property
    def title(self) -> str:
        """The path."""
        return self.path

    @property
    def detail(self) -> str:
        """`removed`, and the note."""
        return f"removed, {self.note}" if self.note else "removed"

    async def diff(self, host: Host) -> str:
        """A unified diff to nothing. Only reads."""
        if self.secret:
            return f"{self.path} is removed. {difference.SECRET}"
        found = await plain_file(host, self.path)
        return difference.of_content(self.path, found[1] if found else None, None)

    async def perform(self, host: Host, report: Report) -> None:
        """Removes it; one that is gone already is no error. Raises FileChanged when it is another one by now."""
        if await host.stat(self.path) is None:
            return
        await refuse_if_changed(host, self.path, self.before)
        await host.remove(self.path)
        report(f"removed {self.path}")

    async def inverse(self, host: Host) -> Change | None:
        """Writes it anew; None for a secret, whose content is kept nowhere, or when it is gone already."""
        if self.secret:
            return None
        found = await plain_file(host, self.path)
        return WriteFile(self.path, found[1], found[0].mode, found[0].owner, found[0].group) if found else None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail, "path": self.path}
        return kept | {
            "before": self.before.as_json(digest=not self.secret),
            "secret": self.secret,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RemoveFile:
        """Raises HostError when the record is damaged."""
        before = Standing.from_json(fields.section(kept, "before"))
        if before is None:
            raise fields.damaged(kept, "before")
        return cls(fields.text(kept, "path"), before, fields.yes(kept, "secret"), fields.text(kept, "note", ""))


def _content_as_json(content: bytes) -> dict[str, object]:
    try:
        return {"content": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"content_base64": base64.b64encode(content).decode("ascii")}


def _content_from_json(kept: Mapping[str, object]) -> bytes:
    if "content_base64" not in kept:
        return fields.text(kept, "content").encode("utf-8")
    try:
        return base64.b64decode(fields.text(kept, "content_base64"), validate=True)
    except binascii.Error:
        raise fields.damaged(kept, "content_base64") from None
