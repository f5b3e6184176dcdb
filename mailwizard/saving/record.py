"""What is known of the last backup: a file of `key=value` lines that the timer's script writes as well."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone

from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, text_of
from mailwizard.saving.places import STATE_PATH
from mailwizard.text import one_line


@dataclass(frozen=True)
class Record:
    """The last push and the last failure. Times are ISO 8601 in UTC, empty: never.

    `why` is a sentence about the failure; `commit` was pushed; `secrets` is a digest over what the archive holds,
    `archived` when it was made; `drill` says what the restore drill came to; `bared` is "yes" when a commit there has
    secrets in the open.
    """

    remote: str = ""
    mode: str = ""
    pushed: str = ""
    commit: str = ""
    failed: str = ""
    why: str = ""
    secrets: str = ""
    archived: str = ""
    drilled: str = ""
    drill: str = ""
    bared: str = ""

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{key}={one_line(value)}\n" for key, value in asdict(self).items() if value)

    def after_push(self, commit: str) -> Record:
        """The record once `commit` lies at the git host."""
        return replace(self, pushed=now(), commit=commit, failed="", why="")

    def after_failure(self, why: str) -> Record:
        """The record of a push that failed."""
        return replace(self, failed=now(), why=why)

    def pushed_to(self, remote: str) -> bool:
        """True when the last backup lies at `remote` and nothing failed since."""
        return bool(self.remote == remote and self.pushed and not self.failed)


def parse(text: str) -> Record:
    """The record in a file; lines that are none of its are left out. Never raises."""
    pairs = (line.partition("=") for line in text.splitlines())
    known = asdict(Record())
    return Record(**{key: value for key, _, value in pairs if key in known})


async def read_record(host: Host) -> Record:
    """The record on the machine; an empty one when there is none. Raises FileUnreadable for an ordinary user."""
    try:
        return parse(await text_of(host, STATE_PATH))
    except FileMissing:
        return Record()


async def write_record(host: Host, record: Record) -> None:
    """Keeps the record, for root alone. Raises HostError."""
    await host.write(STATE_PATH, record.text.encode(), mode=0o600)


def now() -> str:
    """The time as the record has it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime | None:
    """The time that a record has; None when it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
