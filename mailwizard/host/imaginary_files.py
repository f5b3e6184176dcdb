"""The disk of an imaginary machine: folders, owners and modes as on a real one."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from mailwizard.errors import FileMissing, FileUnreadable, HostError
from mailwizard.host.protocol import FileStat

_LINKS = 40  # as many as Linux follows, path_resolution(7)
# folders of a Debian system that a test need not name
_ALWAYS = (
    *("/etc/apt/sources.list.d", "/etc/apt/preferences.d", "/etc/apt/apt.conf.d", "/etc/netplan", "/etc/sysctl.d"),
    *("/etc/systemd/system", "/etc/default", "/root", "/run", "/tmp", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"),
    *("/usr/local/lib", "/usr/share", "/var/lib", "/var/log", "/var/cache"),
)


@dataclass(frozen=True)
class ImaginaryFile:
    """A file, a folder (`is_dir`) or a link (`link` is where it leads)."""

    content: bytes = b""
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    is_dir: bool = False
    link: str = ""


Content = bytes | str | ImaginaryFile | HostError


class Disk:
    """Files by path. `user` is who looks: root may everything."""

    def __init__(self, files: Mapping[str, Content], user: str) -> None:
        self.user = user
        self.entries: dict[str, ImaginaryFile] = {}
        self.broken: dict[str, HostError] = {}
        for folder in _ALWAYS:
            self._make_parents(f"{folder}/x")
        for path, content in files.items():
            self._put(path.rstrip("/") or "/", content, is_dir=path.endswith("/"))

    def read(self, path: str) -> bytes:
        """The content, links followed. Raises FileMissing, FileUnreadable, or the error that was put there."""
        entry = self._followed(path)
        if entry is None or entry.is_dir:
            raise FileMissing(f"There is no file {path}.")
        if not self._may(entry, 0o4):
            raise FileUnreadable(f"{path} may not be read by this user. Run mailwizard as root.")
        return entry.content

    def stat(self, path: str) -> FileStat | None:
        """The entry's facts, links not followed. Raises FileUnreadable when a folder above is closed."""
        entry = self._entry(path)
        if entry is None:
            return None
        return FileStat(entry.mode, entry.owner, entry.group, len(entry.content), entry.is_dir, bool(entry.link))

    def names(self, path: str) -> list[str]:
        """What is in a folder, sorted. Raises FileMissing or FileUnreadable."""
        entry = self._followed(path)
        if entry is None or not entry.is_dir:
            raise FileMissing(f"There is no folder {path}.")
        if not self._may(entry, 0o4):
            raise FileUnreadable(f"{path} may not be read by this user. Run mailwizard as root.")
        return sorted(posixpath.basename(name) for name in self.entries if posixpath.dirname(name) == path != name)

    def place(self, path: str, entry: ImaginaryFile) -> None:
        """Puts a file into a folder that is there. Raises FileMissing when it is not."""
        self._check(path)
        parent = self._followed(posixpath.dirname(path))
        if parent is None or not parent.is_dir:
            raise FileMissing(f"{path} cannot be written: there is no folder {posixpath.dirname(path)}.")
        if path in self.entries and self.entries[path].is_dir:
            raise HostError(f"{path} is a folder, not a file.")
        self.entries[path] = entry

    def make_folder(self, path: str, entry: ImaginaryFile) -> None:
        """Makes a folder and its parents; one that is there gets owner and mode. Raises HostError for a file."""
        self._check(path)
        if path in self.entries and not self.entries[path].is_dir:
            raise HostError(f"{path} is a file, not a folder.")
        self._make_parents(path)
        self.entries[path] = entry

    def remove(self, path: str) -> None:
        """Takes a file or link away. Raises HostError for a folder."""
        entry = self._entry(path)
        if entry is not None and entry.is_dir:
            raise HostError(f"{path} is a folder, not a file.")
        self.entries.pop(path, None)

    def _put(self, path: str, content: Content, *, is_dir: bool) -> None:
        if isinstance(content, HostError):
            self.broken[path] = content
            return
        if isinstance(content, str):
            content = content.encode()
        self._make_parents(path)
        if isinstance(content, bytes):
            content = ImaginaryFile(content, 0o755 if is_dir else 0o644, is_dir=is_dir)
        self.entries[path] = content

    def _make_parents(self, path: str) -> None:
        while path != "/":
            path = posixpath.dirname(path)
            self.entries.setdefault(path, ImaginaryFile(mode=0o755, is_dir=True))

    def _entry(self, path: str) -> ImaginaryFile | None:
        self._check(path)
        above = posixpath.dirname(path)
        while above != "/":
            folder = self.entries.get(above)
            if folder is not None and folder.is_dir and not self._may(folder, 0o1):
                raise FileUnreadable(f"{path} may not be looked at by this user. Run mailwizard as root.")
            above = posixpath.dirname(above)
        return self.entries.get(path)

    def _followed(self, path: str) -> ImaginaryFile | None:
        entry = self._entry(path)
        for _ in range(_LINKS):
            if entry is None or not entry.link:
                return entry
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.link))
            entry = self._entry(path)
        raise FileMissing(f"{path} is a link that leads nowhere.")

    def _check(self, path: str) -> None:
        if path in self.broken:
            raise self.broken[path]

    def _may(self, entry: ImaginaryFile, right: int) -> bool:
        return self.user == "root" or bool(entry.mode & (right << 6 if entry.owner == self.user else right))
