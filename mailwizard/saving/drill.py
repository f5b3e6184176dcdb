"""The restore drill: what lies at the git host is fetched like at a restore, and compared with this server's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.saving.clone import Loaded, load
from mailwizard.saving.inventory import Inventory, inventory
from mailwizard.saving.manifest import Entry
from mailwizard.saving.record import now, read_record, write_record
from mailwizard.saving.remote import parse_remote
from mailwizard.saving.tree import difference, in_the_open
from mailwizard.secret import Secret


@dataclass(frozen=True)
class RestoreDrill:
    """A restore into a temporary folder, compared file by file; without `identity` the archive stays closed."""

    kind: ClassVar[str] = "restore_drill"
    answers: Answers
    identity: Secret | None = None

    @property
    def title(self) -> str:
        """In words."""
        return "Try the restore: fetch the backup and compare it file by file"

    @property
    def detail(self) -> str:
        """Where to."""
        return "in a temporary folder"

    async def diff(self, host: Host) -> str:
        """What runs. Only reads."""
        return f"git fetch {self.answers.backup.remote}; nothing outside a temporary folder is written\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Does it and remembers what came of it. Raises HostError when the backup is not what lies on the server."""
        loaded = await load(host, parse_remote(self.answers.backup.remote))
        told = compared(loaded, await inventory(host, self.answers), self.answers.backup.secrets, self.identity)
        await write_record(host, replace(await read_record(host), drilled=now(), drill=told))
        report(told)

    async def inverse(self, host: Host) -> Change | None:
        """None: nothing is changed."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail}


def compared(loaded: Loaded, found: Inventory, secrets: str, identity: Secret | None) -> str:
    """What the drill came to, in words. Raises HostError when a file differs or is missing, WrongIdentity."""
    _must_equal(loaded.contents, in_the_open(found, secrets))
    count = len(loaded.contents)
    if loaded.archive is None:
        return f"{count} files came back as they are on this server"
    if identity is None:
        return (
            f"{count} files came back as they are on this server; the encrypted secrets came back whole (to open them "
            "as well: `mailwizard backup --drill --identity FILE`)"
        )
    opened = loaded.secrets(identity)
    _must_equal(opened, found.secret)
    return f"{count + len(opened)} files came back as they are on this server, {len(opened)} of them encrypted secrets"


def _must_equal(came: Mapping[Entry, bytes], here: tuple[Entry, ...]) -> None:
    differs = difference(tuple(came), here)
    if differs:
        raise HostError(
            f"The restore drill found that the backup is not what lies on this server: {', '.join(differs.lines[:5])} "
            "(+ only here, ~ differs, - only in the backup). Run `mailwizard backup`, then the drill again."
        )
