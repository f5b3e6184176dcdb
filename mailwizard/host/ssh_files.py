"""Files on the machine, each operation one small script: so the same way serves root and a user with sudo, a full disk
is told from a missing right (SFTP, version 3, knows only "failure"), and nothing has to be installed."""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath

from mailwizard.errors import FileMissing, FileUnreadable, HostError
from mailwizard.host.protocol import FileStat
from mailwizard.host.ssh_running import Ended, Runner
from mailwizard.text import one_line, sentence

_NO_FILE, _NO_USER, _NO_GROUP, _CUT = 66, 67, 68, 69  # exit codes of our own
_READ = f"""[ -f "$1" ] && exec cat -- "$1"
stat -L --format= -- "$1" && exit {_NO_FILE}"""
_STAT = """exec stat --format '%f %s %u %g %U %G' -- "$1" """
_LIST = """cd -- "$1" && exec find . -mindepth 1 -maxdepth 1 -printf '%f\\0'"""
_REMOVE = """exec rm -f -- "$1" """
_OWNER = f"""
if [ "$(id -u)" = 0 ]; then
  getent passwd -- "$owner" >/dev/null || exit {_NO_USER}
  getent group -- "$group" >/dev/null || exit {_NO_GROUP}
  give() {{ chown -h -- "$owner:$group" "$1"; }}
else
  give() {{ :; }}  # only root may give files away
fi"""
# the size is compared: when the connection is cut, what has come looks like the end of the file
_WRITE = f"""folder=$1 name=$2 mode=$3 owner=$4 group=$5 size=$6 new=$7
{_OWNER}
cd -P -- "$folder" || exit 1
[ ! -d "$name" ] || [ -L "$name" ] || {{ echo "Is a directory" >&2; exit 1; }}
umask 077; set -C
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
: >"$new" || exit 1
set +C
cat >"$new" || exit 1
[ "$(stat --format %s -- "$new")" = "$size" ] || exit {_CUT}
give "$new" && chmod -- "$mode" "$new" && sync -- "$new" && mv -fT -- "$new" "$name" || exit 1
sync -- . 2>/dev/null
exit 0"""
_MAKE = f"""path=$1 mode=$2 owner=$3 group=$4
{_OWNER}
mkdir -p -- "$(dirname -- "$path")" || exit 1
[ -d "$path" ] || mkdir -m 0700 -- "$path" || exit 1
[ ! -L "$path" ] || {{ echo "Not a directory" >&2; exit 1; }}
give "$path" && chmod -- "$mode" "$path" """


class Files:
    """What can be done with files, with the rights of the runner."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def read(self, path: str) -> bytes:
        """A regular file's content. Raises FileMissing, FileUnreadable or HostError."""
        ended = await self._call(_READ, path)
        if ended.code == _NO_FILE:
            raise FileMissing(f"{path} is not a file.")
        return self._told(ended, path, "read").out

    async def stat(self, path: str) -> FileStat | None:
        """What lies there, links not followed; None when nothing does. Raises FileUnreadable or HostError."""
        ended = await self._call(_STAT, path)
        try:
            words = self._told(ended, path, "looked at").out.decode("utf-8", "backslashreplace").split()
        except FileMissing:
            return None
        kind, size, numbers, names = int(words[0], 16), int(words[1]), words[2:4], words[4:6]
        owner, group = (number if name == "UNKNOWN" else name for name, number in zip(names, numbers, strict=True))
        return FileStat(kind & 0o7777, owner, group, size, kind & 0o170000 == 0o040000, kind & 0o170000 == 0o120000)

    async def names(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises FileMissing, FileUnreadable or HostError."""
        out = self._told(await self._call(_LIST, path), path, "looked at").out
        return sorted(name.decode("utf-8", "surrogateescape") for name in out.split(b"\0") if name)

    async def write(self, path: str, content: bytes, mode: int, owner: str, group: str) -> None:
        """Places a file by rename(2), written through to the disk. A connection that is cut leaves the old one.

        Raises FileMissing, FileUnreadable or HostError; what stood at `path` then still stands there.
        """
        where = PurePosixPath(path)
        # a leading dot: folders of configuration files ignore it should the machine stop before the rename
        new = f".{where.name[:200]}.mailwizard-{secrets.token_hex(6)}"
        words = (str(where.parent), where.name, f"{mode:04o}", owner, group, str(len(content)), new)
        ended = await self._call(_WRITE, *words, stdin=content)
        if ended.code == _CUT and not ended.err:
            raise HostError(f"{path} did not arrive whole, and was not changed. Try again.")
        self._told(self._known(ended, owner, group), path, "written")

    async def make_dir(self, path: str, mode: int, owner: str, group: str) -> None:
        """Makes a folder (parents 0755) or gives the one that is there owner and mode.

        Raises FileUnreadable or HostError.
        """
        ended = await self._call(_MAKE, path, f"{mode:04o}", owner, group)
        self._told(self._known(ended, owner, group), path, "made")

    async def remove(self, path: str) -> None:
        """Removes a file or link; nothing there is no error. Raises FileUnreadable or HostError (a folder)."""
        self._told(await self._call(_REMOVE, path), path, "removed")

    async def _call(self, body: str, path: str, *words: str, stdin: bytes = b"") -> Ended:
        if "\0" in path:
            raise FileMissing(f"{one_line(path)} is no path.")
        return await self._runner.call(body, path, *words, stdin=stdin)

    def _known(self, ended: Ended, owner: str, group: str) -> Ended:
        where = self._runner.connection.place.label
        if ended.code == _NO_USER:
            raise HostError(f"There is no user “{owner}” on {where}. Install what brings it, then go on.")
        if ended.code == _NO_GROUP:
            raise HostError(f"There is no group “{group}” on {where}. Install what brings it, then go on.")
        return ended

    def _told(self, ended: Ended, path: str, done: str) -> Ended:
        """Itself when it went well; else what the system said, as a sentence that names `path`."""
        if ended.code == 0:
            return ended
        said = one_line(ended.err)
        if "No such file or directory" in said or "Not a directory" in said:
            raise FileMissing(f"{path} could not be {done}: there is no such file or folder.")
        if "No space left" in said or "quota exceeded" in said:
            raise HostError(
                f"The disk is full: {path} could not be {done}, nothing was changed there. Make room, then go on."
            )
        if "Permission denied" in said or "Operation not permitted" in said:
            raise FileUnreadable(f"{path} may not be {done} by this user. {self._become_root()}")
        if "Read-only file system" in said:
            raise FileUnreadable(f"{path} could not be {done}: the disk is read-only. Nothing was changed.")
        reason = said.rsplit(": ", 1)[-1] or f"the command ended with {ended.code}"
        raise HostError(f"{path} could not be {done}: {reason.rstrip('.').lower()}.")

    def _become_root(self) -> str:
        return sentence(self._runner.rights.way_to_root)
