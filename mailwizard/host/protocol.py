"""What mailwizard can ask of a machine. Services know only this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mailwizard.errors import CommandFailed
from mailwizard.secret import Secret

Report = Callable[[str], None]  # gets one line of what is going on


@dataclass(frozen=True)
class Ran:
    """How a command ended. `code` is its exit code; 127 when there is no such command."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """True when it ended with 0."""
        return self.code == 0

    def must(self) -> Ran:
        """Itself. Raises CommandFailed, with the command's last words, unless it ended with 0."""
        if self.ok:
            return self
        words = (self.err.strip() or self.out.strip()).splitlines()
        raise CommandFailed(f"`{' '.join(self.argv)}` ended with {self.code}: {words[-1] if words else 'no message'}")


@dataclass(frozen=True)
class FileStat:
    """A file's owner and permissions; `mode` as in chmod(1), without the type."""

    mode: int
    owner: str
    group: str
    size: int
    is_dir: bool
    is_link: bool


class Stream(Protocol):
    """A TCP connection made by the machine."""

    async def read(self) -> bytes:
        """Some bytes, at least one; empty at the end. Raises Unreachable when the connection breaks."""

    async def write(self, data: bytes) -> None:
        """Sends all of `data`. Raises Unreachable when the connection breaks."""

    async def close(self) -> None:
        """Ends the connection. Never raises."""


class Dials(Protocol):
    """What can make a TCP connection: a machine, or a place to look at it from."""

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """A TCP connection to an IP address. Raises Unreachable with the reason."""


class Log(Protocol):
    """Where commands and their output are written, secrets masked. `heard` is called by `tell`."""

    heard: Callable[[str], None] | None

    def hide(self, secret: Secret) -> None:
        """From now on `secret` is written as ***."""

    def write(self, line: str) -> None:
        """One line, masked and printable, with its time."""

    def tell(self, line: str) -> None:
        """`write`, and the user is told at once: `heard` gets the line."""

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines that were written."""


class Host(Protocol):
    """A machine. Paths are absolute. Every method raises Unreachable when the machine itself is lost."""

    log: Log

    @property
    def label(self) -> str:
        """How to name the machine to the user: "this server" or "root@198.51.100.7"."""

    @property
    def option(self) -> str:
        """What names the machine on mailwizard's command line: "--host root@198.51.100.7"; empty for this one."""

    @property
    def is_root(self) -> bool:
        """True when files and services may be changed."""

    @property
    def way_to_root(self) -> str:
        """What a user who may change nothing can do, in the middle of a sentence: "start it with sudo"."""

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        """Runs a command without a shell, in a session of its own, LC_ALL=C.UTF-8; `env` is added.

        `timeout` in seconds; `report` gets each line of output as it comes. A missing command is code 127.
        Raises CommandFailed on time-out.
        """

    async def type_in(self, argv: Sequence[str], answers: Sequence[tuple[str, Secret]], *, timeout: float = 60) -> Ran:
        """Runs a command on a terminal without echo; at each prompt (first item) the second is typed, in order."""

    async def read(self, path: str) -> bytes:
        """The file's content. Raises FileMissing or FileUnreadable."""

    async def stat(self, path: str) -> FileStat | None:
        """What lies at `path` (links not followed), None when nothing does. Raises FileUnreadable when hidden."""

    async def list(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises FileMissing or FileUnreadable."""

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Places a file whole (temporary file, fsync, rename), with owner and mode. Makes no folder.

        Raises FileUnreadable, FileMissing or HostError (disk full).
        """

    async def make_dir(self, path: str, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """A folder with this owner and mode, its parents 0755 root; one that is there gets owner and mode."""

    async def remove(self, path: str) -> None:
        """Removes a file or link; nothing there is no error."""

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """A TCP connection from the machine to an IP address. Raises Unreachable with the reason."""

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        """HTTP GET from the machine: status and body (64 KiB at most), no redirects; `family` 4 or 6 fixes the version.

        Raises Unreachable.
        """

    async def lock(self, path: str) -> Callable[[], Awaitable[None]]:
        """Takes a lock of the machine (flock(2), gone with its holder); what comes back lets go of it.

        Raises BusyError when another process holds it, FileUnreadable when this user may not take it.
        """

    async def close(self) -> None:
        """Ends the connection to the machine."""


async def text_of(host: Host, path: str) -> str:
    """A file's text, undecodable bytes escaped. Raises FileMissing or FileUnreadable."""
    return (await host.read(path)).decode("utf-8", "backslashreplace")
