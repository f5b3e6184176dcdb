"""A lock file of this machine: one mailwizard at a time changes it (flock(2))."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from mailwizard.errors import BusyError, FileUnreadable


def take(path: str) -> Callable[[], Awaitable[None]]:
    """Takes the lock and writes our pid in it; what comes back lets go.

    Raises BusyError, naming the holder's pid, and FileUnreadable.
    """
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be locked: {error.strerror}. Run mailwizard as root.") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(fd, 20).decode("ascii", "replace").strip()
        os.close(fd)
        raise BusyError(busy_sentence(holder)) from error
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)

    async def let_go() -> None:
        os.close(fd)

    return let_go


def busy_sentence(holder: str) -> str:
    """What the user is told when the process `holder` has the lock."""
    who = f" (process {holder})" if holder.isdigit() else ""
    return f"Another mailwizard{who} is changing this server. Wait until it ends, or look with `mailwizard health`."
