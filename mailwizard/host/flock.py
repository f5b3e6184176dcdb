"""A lock file of this machine: one mailwizard at a time changes it (flock(2))."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from mailwizard.errors import BusyError, FileUnreadable


def take(path: str) -> Callable[[], Awaitable[None]]:
    """Takes the lock and writes our pid in it; what comes back lets go.

    Raises BusyError, naming the holder's pid, and FileUnreadable.
    """
    fd = _opened(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(fd, 20).decode("ascii", "replace").strip()
        os.close(fd)
        raise BusyError(busy_sentence(holder)) from error
    with suppress(OSError):  # a full disk: the lock holds all the same, it just does not say whose it is
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)

    async def let_go() -> None:
        os.close(fd)

    return let_go


def _opened(path: str) -> int:
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # O_NONBLOCK: a pipe that somebody put there is not waited for
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be locked: {error.strerror}. {way_out(error.errno or 0, path)}") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise FileUnreadable(no_file_sentence(path))
    return fd


def way_out(number: int, path: str) -> str:
    """What the user can do when a lock file cannot be opened for the reason `number` (errno(3))."""
    if number in (errno.EACCES, errno.EPERM):
        return "Run mailwizard as root."
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "Make room on the disk, then go on."
    if number == errno.EROFS:
        return "Nothing can be changed while the disk is read-only."
    return f"Remove {path}, then go on."


def no_file_sentence(path: str) -> str:
    """What the user is told when something else than a file lies where the lock belongs."""
    return f"{path} cannot be locked: it is no file. Remove it, then go on."


def busy_sentence(holder: str) -> str:
    """What the user is told when the process `holder` has the lock."""
    who = f" (process {holder})" if holder.isdigit() else ""
    return f"Another mailwizard{who} is changing this server. Wait until it ends, or look with `mailwizard health`."
