"""Files on this machine, written whole or not at all."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import secrets
import stat as modes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mailwizard.errors import FileMissing, FileUnreadable, HostError
from mailwizard.host.protocol import FileStat

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM)


def read(path: str) -> bytes:
    """A regular file's content. Raises FileMissing, FileUnreadable or HostError."""
    with _told(path, "read"):
        try:
            with open(path, "rb", opener=_without_waiting) as file:
                if modes.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return file.read()
        except IsADirectoryError:
            pass  # told below, as for all that is no file
    raise FileMissing(f"{path} is not a file.")


def _without_waiting(path: str, flags: int) -> int:
    """open(2) that does not wait for a writer when somebody put a pipe there."""
    return os.open(path, flags | os.O_NONBLOCK)


def stat(path: str) -> FileStat | None:
    """What lies there, links not followed; None when nothing does. Raises FileUnreadable or HostError."""
    try:
        with _told(path, "looked at"):
            found = os.lstat(path)
    except FileMissing:
        return None
    kind = found.st_mode
    owner, group = _user_name(found.st_uid), _group_name(found.st_gid)
    return FileStat(modes.S_IMODE(kind), owner, group, found.st_size, modes.S_ISDIR(kind), modes.S_ISLNK(kind))


def names(path: str) -> list[str]:
    """The names in a folder, sorted. Raises FileMissing, FileUnreadable or HostError."""
    with _told(path, "looked at"):
        return sorted(entry.name for entry in Path(path).iterdir())


def write(path: str, content: bytes, mode: int, owner: str, group: str) -> None:
    """Places a file by rename(2), so that every reader sees the old one or the new one whole.

    Not root: the file belongs to this user, whatever `owner` and `group` say, as only root may give files away.
    Raises FileMissing, FileUnreadable or HostError; what stood at `path` then still stands there.
    """
    ids = _ids(owner, group)
    where = Path(path)
    with _told(path, "written"):
        folder = os.open(where.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _place(folder, where.name, content, mode, ids)
        finally:
            os.close(folder)


def make_dir(path: str, mode: int, owner: str, group: str) -> None:
    """Makes a folder (parents 0755) or gives the one that is there owner and mode; not root: see `write`.

    Raises FileUnreadable or HostError.
    """
    ids = _ids(owner, group)
    with _told(path, "made"):
        for parent in reversed(Path(path).parents):
            _make(parent, 0o755)
        _make(Path(path), 0o700)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if ids:
                os.fchown(folder, *ids)
            os.fchmod(folder, mode)
        finally:
            os.close(folder)


def remove(path: str) -> None:
    """Removes a file or link; nothing there is no error. Raises FileUnreadable or HostError (a folder)."""
    with suppress(FileMissing), _told(path, "removed"):
        Path(path).unlink()


def _place(folder: int, name: str, content: bytes, mode: int, ids: tuple[int, int] | None) -> None:
    # a leading dot: folders of configuration files ignore it should we be killed before the rename
    temporary = f".{name[:200]}.mailwizard-{secrets.token_hex(6)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        with open(file, "wb") as stream:
            if ids:
                os.fchown(file, *ids)
            stream.write(content)
            stream.flush()
            os.fchmod(file, mode)  # last: until here a secret is readable by its owner alone
            os.fsync(file)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    with suppress(OSError):  # some file systems cannot sync a folder; the file itself is safe
        os.fsync(folder)


def _make(folder: Path, mode: int) -> None:
    """Makes the folder with this mode, whatever the umask says; nothing when something is there."""
    if not folder.exists():
        folder.mkdir(mode)
        folder.chmod(mode)


def _ids(owner: str, group: str) -> tuple[int, int] | None:
    """The numbers of user and group; None when we are not root. Raises HostError for a name that is not known."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise HostError(f"There is no user “{owner}” on this server. Install what brings it, then go on.") from None
    try:
        return user, grp.getgrnam(group).gr_gid
    except KeyError:
        raise HostError(f"There is no group “{group}” on this server. Install what brings it, then go on.") from None


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


@contextmanager
def _told(path: str, done: str) -> Iterator[None]:
    """Turns what the system says into a sentence that names `path`; `done` is what could not be done to it."""
    try:
        yield
    except NotADirectoryError:
        raise FileMissing(f"{path} could not be {done}: it, or what should be a folder above it, is a file.") from None
    except FileNotFoundError:
        raise FileMissing(f"{path} could not be {done}: there is no such file or folder.") from None
    except OSError as error:
        if error.errno in _FULL:
            raise HostError(
                f"The disk is full: {path} could not be {done}, nothing was changed there. Make room, then go on."
            ) from None
        if error.errno in _CLOSED:
            raise FileUnreadable(f"{path} may not be {done} by this user. Run mailwizard as root.") from None
        if error.errno == errno.EROFS:
            raise FileUnreadable(f"{path} could not be {done}: the disk is read-only. Nothing was changed.") from None
        raise HostError(f"{path} could not be {done}: {os.strerror(error.errno or 0)}.") from None
    except ValueError:  # a zero byte in the path
        raise FileMissing(f"{path!r} is no path.") from None
