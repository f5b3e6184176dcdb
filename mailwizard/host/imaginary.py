"""A machine that is only imagined: for tests, and for the demonstration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from types import EllipsisType

from mailwizard.errors import BusyError, FileUnreadable, HostError, Unreachable
from mailwizard.host.flock import busy_sentence
from mailwizard.host.imaginary_files import Content, Disk, ImaginaryFile
from mailwizard.host.imaginary_net import Connection, ImaginaryStream
from mailwizard.host.protocol import FileStat, Log, Ran, Report, Stream
from mailwizard.log import CommandLog
from mailwizard.secret import Secret

__all__ = ["Command", "ImaginaryFile", "ImaginaryHost", "Reply"]

Reply = str | Ran | HostError  # a text is what a command that ended well prints
Command = Callable[[tuple[str, ...], bytes, Mapping[str, str]], "Reply | Awaitable[Reply]"]
# an exact argv, the beginning of one that ends with `...`, or a question to ask of it
Pattern = tuple["str | EllipsisType", ...] | Callable[[tuple[str, ...]], bool]
Page = tuple[int, bytes] | HostError


class ImaginaryHost:
    """A machine in memory. `ran` has every argv, `typed` every prompt answered, `written` every path written.

    Files have owner and mode, and keep others than root out as a real machine does (`root=False`: a user called "me").
    Commands are looked up exactly first, then in order; an unknown one is code 127. What a callable raises or returns
    as HostError is raised. An address without a connection refuses; a page that is not there is unreachable.
    """

    def __init__(
        self,
        files: Mapping[str, Content] | None = None,
        commands: Mapping[Pattern, Reply | Command] | None = None,
        connections: Mapping[tuple[str, int], Connection] | None = None,
        pages: Mapping[str | tuple[str, int], Page] | None = None,
        *,
        root: bool = True,
        label: str = "an imaginary server",
    ) -> None:
        self.log: Log = CommandLog(None)
        self.label = label
        self.option = ""
        self.is_root = root
        self.way_to_root = "start it with sudo"
        self.disk = Disk(files or {}, user="root" if root else "me")
        self.commands: dict[Pattern, Reply | Command] = dict(commands or {})
        self.connections = dict(connections or {})
        self.pages = dict(pages or {})
        self.ran: list[tuple[str, ...]] = []
        self.typed: list[tuple[str, Secret]] = []
        self.written: list[str] = []
        self.removed: list[str] = []
        self.dialled: list[tuple[str, int, str]] = []
        self.locked: set[str] = set()
        self.closed = False

    @property
    def files(self) -> dict[str, ImaginaryFile]:
        """What lies on the disk, by path; folders as well where they were named or made."""
        return self.disk.entries

    def text(self, path: str) -> str:
        """A file's text, for comparing. Raises KeyError when it is not there."""
        return self.files[path].content.decode()

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        """What the script says about this command; 127 when nothing. Raises the HostError that the script has."""
        words = tuple(argv)
        self.ran.append(words)
        shown = {name: value.reveal() if isinstance(value, Secret) else value for name, value in (env or {}).items()}
        ran = await self._answered(words, stdin, shown)
        if report is not None:
            for line in (ran.out + ran.err).splitlines():
                report(line)
        return ran

    async def _answered(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        reply = self._reply(words)
        if callable(reply):
            said = reply(words, stdin, env)
            reply = await said if isawaitable(said) else said
        if isinstance(reply, HostError):
            raise reply
        return reply if isinstance(reply, Ran) else Ran(words, 0, reply, "")

    def _reply(self, words: tuple[str, ...]) -> Reply | Command:
        if words in self.commands:
            return self.commands[words]
        for pattern, reply in self.commands.items():
            if _fits(pattern, words):
                return reply
        return Ran(words, 127, "", f"{words[0]}: command not found\n")

    async def type_in(self, argv: Sequence[str], answers: Sequence[tuple[str, Secret]], *, timeout: float = 60) -> Ran:
        """As `run`; the command gets the answers as lines on its input."""
        self.typed.extend(answers)
        return await self.run(argv, stdin="".join(f"{secret.reveal()}\n" for _, secret in answers).encode())

    async def read(self, path: str) -> bytes:
        """The file's content. Raises FileMissing, FileUnreadable or the HostError that lies there."""
        return self.disk.read(path)

    async def stat(self, path: str) -> FileStat | None:
        """What lies there, None when nothing does. Raises FileUnreadable in a folder that is closed to this user."""
        return self.disk.stat(path)

    async def list(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises FileMissing or FileUnreadable."""
        return self.disk.names(path)

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Places the file. Raises FileMissing when its folder is not there, FileUnreadable for an ordinary user."""
        self._must_be_root(path)
        self.disk.place(path, ImaginaryFile(content, mode, owner, group))
        self.written.append(path)

    async def make_dir(self, path: str, *, mode: int, owner: str = "root", group: str = "root") -> None:
        """Makes the folder and its parents. Raises FileUnreadable for an ordinary user."""
        self._must_be_root(path)
        self.disk.make_folder(path, ImaginaryFile(b"", mode, owner, group, is_dir=True))

    async def remove(self, path: str) -> None:
        """Removes a file or link. Raises FileUnreadable for an ordinary user, HostError for a folder."""
        self._must_be_root(path)
        self.disk.remove(path)
        self.removed.append(path)

    def _must_be_root(self, path: str) -> None:
        if not self.is_root:
            raise FileUnreadable(f"{path} may not be written by this user. Run mailwizard as root.")

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """The scripted connection. Raises Unreachable when there is none, or the HostError that the script has."""
        self.dialled.append((address, port, source))
        script = self.connections.get((address, port))
        if script is None:
            raise Unreachable(f"{address} port {port} refused the connection.")
        if isinstance(script, HostError):
            raise script
        return ImaginaryStream(script)

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        """The page under (url, family), else under url. Raises Unreachable when there is none."""
        page = self.pages.get((url, family), self.pages.get(url))
        if page is None:
            raise Unreachable(f"{url} could not be reached.")
        if isinstance(page, HostError):
            raise page
        return page

    async def lock(self, path: str) -> Callable[[], Awaitable[None]]:
        """Takes the lock. Raises BusyError when `locked` has it already, FileUnreadable for an ordinary user."""
        self._must_be_root(path)
        if path in self.locked:
            raise BusyError(busy_sentence(""))
        self.locked.add(path)

        async def let_go() -> None:
            self.locked.discard(path)

        return let_go

    async def close(self) -> None:
        """Remembers that it was closed."""
        self.closed = True


def _fits(pattern: Pattern, words: tuple[str, ...]) -> bool:
    if not isinstance(pattern, tuple):
        return pattern(words)
    return bool(pattern) and pattern[-1] is ... and words[: len(pattern) - 1] == pattern[:-1]
