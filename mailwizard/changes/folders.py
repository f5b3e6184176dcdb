"""Making folders, and taking back those that were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import difference, fields
from mailwizard.changes.standing import UNSEEN, Standing, of_stat
from mailwizard.errors import FileUnreadable, HostError
from mailwizard.host.protocol import Host, Report


async def make_dir(
    host: Host, path: str, *, mode: int = 0o755, owner: str = "root", group: str = "root"
) -> list[Change]:
    """Nothing when the folder stands so, else one MakeDir. Only reads. Raises HostError for a file or link."""
    try:
        stat = await host.stat(path)
    except FileUnreadable:
        return [MakeDir(path, mode, owner, group, UNSEEN)]
    if stat is None:
        return [MakeDir(path, mode, owner, group)]
    if not stat.is_dir:
        raise HostError(f"{path} is a {'link' if stat.is_link else 'file'}, not a folder. Move it away, then go on.")
    now = of_stat(stat)
    same = (now.mode, now.owner, now.group) == (mode, owner, group)
    return [] if same else [MakeDir(path, mode, owner, group, now)]


@dataclass(frozen=True)
class MakeDir:
    """A folder with this owner and mode; `before` is how it stood at the plan, None when it was not there."""

    kind: ClassVar[str] = "make_dir"
    path: str
    mode: int = 0o755
    owner: str = "root"
    group: str = "root"
    before: Standing | None = None

    @property
    def title(self) -> str:
        """The path, with a slash at its end."""
        return f"{self.path.rstrip('/')}/"

    @property
    def detail(self) -> str:
        """`new` with the mode, or what becomes of mode and owner."""
        if self.before is None:
            return f"new, {self.mode:04o}"
        return ", ".join(difference.of_standing(self.before, self.mode, self.owner, self.group).splitlines())

    async def diff(self, host: Host) -> str:
        """Its mode and owner. Only reads."""
        return difference.of_standing(self.before, self.mode, self.owner, self.group)

    async def perform(self, host: Host, report: Report) -> None:
        """Makes it, or gives it owner and mode. Raises FileUnreadable or HostError."""
        await host.make_dir(self.path, mode=self.mode, owner=self.owner, group=self.group)
        report(f"folder {self.path}, {self.mode:04o} {self.owner}:{self.group}")

    async def inverse(self, host: Host) -> Change | None:
        """Removes a new folder once it is empty; gives an old one its owner and mode back."""
        stat = await host.stat(self.path)
        if stat is None:
            return RemoveDir(self.path)
        after = Standing(self.mode, self.owner, self.group)
        return MakeDir(self.path, stat.mode, stat.owner, stat.group, after)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail, "path": self.path}
        kept |= {"mode": self.mode, "owner": self.owner, "group": self.group}
        return kept | {"before": self.before.as_json(digest=False) if self.before else None}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> MakeDir:
        """Raises HostError when the record is damaged."""
        path, owner, group = (fields.text(kept, key) for key in ("path", "owner", "group"))
        return cls(path, fields.number(kept, "mode"), owner, group, Standing.from_json(fields.section(kept, "before")))


@dataclass(frozen=True)
class RemoveDir:
    """A folder of ours taken away when nothing is in it any more."""

    kind: ClassVar[str] = "remove_dir"
    path: str

    @property
    def title(self) -> str:
        """The path, with a slash at its end."""
        return f"{self.path.rstrip('/')}/"

    @property
    def detail(self) -> str:
        """That it is removed only when empty."""
        return "removed when empty"

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"rmdir {self.path}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Removes it with rmdir(1); one that is gone or not empty stays as it is."""
        if await host.stat(self.path) is None or await host.list(self.path):
            report(f"{self.path} is gone already, or something is in it: left as it is")
            return
        (await host.run(["rmdir", "--", self.path])).must()
        report(f"removed {self.path}")

    async def inverse(self, host: Host) -> Change | None:
        """Makes it again as it stands now; None when it is gone."""
        stat = await host.stat(self.path)
        return MakeDir(self.path, stat.mode, stat.owner, stat.group) if stat else None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "path": self.path}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RemoveDir:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "path"))
