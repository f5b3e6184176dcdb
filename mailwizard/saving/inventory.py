"""What there is on the server to be saved, seen with two commands whatever its number."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.answers import ANSWERS_PATH, Answers
from mailwizard.errors import CommandFailed, FileUnreadable
from mailwizard.host.protocol import Host
from mailwizard.saving.allowed import FOLDERS, MODES, Kind, kind_of
from mailwizard.saving.manifest import Entry
from mailwizard.text import one_line, sentence

_FORM = "%m\t%u\t%g\t%s\t%p\\0"  # a name may hold a newline
_MOST_BYTES = 2_000_000  # none of a mail server's own files is as big


@dataclass(frozen=True)
class Inventory:
    """The files to be saved. `sources` has those that lie elsewhere than they are saved as; `too_big` is left out."""

    files: tuple[Entry, ...]
    sources: tuple[tuple[str, str], ...] = ()
    too_big: tuple[str, ...] = ()

    def source_of(self, path: str) -> str:
        """Where the file that is saved as `path` lies."""
        return dict(self.sources).get(path, path)

    @property
    def open(self) -> tuple[Entry, ...]:
        """Those that are no secret."""
        return tuple(entry for entry in self.files if entry.kind is not Kind.SECRET)

    @property
    def secret(self) -> tuple[Entry, ...]:
        """Those that are."""
        return tuple(entry for entry in self.files if entry.kind is Kind.SECRET)


async def inventory(host: Host, answers: Answers) -> Inventory:
    """What is to be saved now. Only reads. Raises FileUnreadable when this user may not see all of it."""
    elsewhere = answers.path != ANSWERS_PATH
    roots = [*FOLDERS, answers.path] if elsewhere else [*FOLDERS]
    found = await host.run(["find", *roots, "-xdev", "-maxdepth", "7", "-type", "f", "-printf", _FORM])
    if "Permission denied" in found.err:
        way = sentence(host.way_to_root)
        raise FileUnreadable(f"Not all files of the mail server may be read by this user. {way}")
    if found.code not in (0, 1):  # 1: one of the folders is not there
        found.must()
    rows = [row for line in found.out.split("\0") if line and (row := _row(line, answers.path)) is not None]
    small = [row for row in rows if row.size <= _MOST_BYTES]
    digests = await _digests(host, [row.source for row in small])
    return Inventory(
        tuple(
            sorted(
                Entry(row.path, row.owner, row.group, row.mode, digests[row.source])
                for row in small
                if row.source in digests
            )
        ),
        tuple((row.path, row.source) for row in small if row.path != row.source),
        tuple(row.path for row in rows if row.size > _MOST_BYTES),
    )


@dataclass(frozen=True)
class _Row:
    path: str
    source: str
    owner: str
    group: str
    mode: int
    size: int


def _row(line: str, answers_path: str) -> _Row | None:
    """A line of find's output; None for a file that is none of ours."""
    mode, owner, group, size, source = line.split("\t", 4)
    path = ANSWERS_PATH if source == answers_path else source
    if kind_of(path) is None or (source == ANSWERS_PATH and answers_path != ANSWERS_PATH):
        return None
    return _Row(path, source, owner, group, int(mode, 8) & MODES, int(size))


async def _digests(host: Host, paths: list[str]) -> dict[str, str]:
    """SHA-256 by path; a file that vanished meanwhile has none. Raises CommandFailed."""
    if not paths:
        return {}
    ran = await host.run(["sha256sum", "--", *paths])
    if ran.code not in (0, 1):
        raise CommandFailed(f"The files to be saved could not be read: {one_line(ran.err)}.")
    lines = (line.partition("  ") for line in ran.out.splitlines())
    return {path: digest for digest, _, path in lines}
