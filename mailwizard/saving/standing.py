"""How the backup stands: what is remembered of the last one, and what changed on the server since."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.answers import Answers
from mailwizard.host.protocol import Host
from mailwizard.saving.archive import digest_of
from mailwizard.saving.inventory import Inventory, inventory
from mailwizard.saving.record import Record, read_record
from mailwizard.saving.tree import Difference, difference, in_the_open, last_saved


@dataclass(frozen=True)
class Standing:
    """`changed`: what differs from the last backup; `secrets_changed`: the encrypted archive is out of date."""

    record: Record
    found: Inventory
    changed: Difference
    secrets_changed: bool

    def is_due(self, answers: Answers) -> bool:
        """True when a backup is to be made."""
        same = self.record.pushed_to(answers.backup.remote) and self.record.mode == answers.backup.secrets
        return not same or bool(self.changed) or self.secrets_changed

    @property
    def changes(self) -> tuple[str, ...]:
        """What changed, in lines."""
        return (*self.changed.lines, *(("~ the encrypted secrets",) if self.secrets_changed else ()))


async def standing(host: Host, answers: Answers) -> Standing:
    """How it stands. Only reads. Raises FileUnreadable for an ordinary user."""
    record, saved = await asyncio.gather(read_record(host), last_saved(host))
    found = await inventory(host, answers)
    encrypted = answers.backup.secrets == "age"
    digest = f"{answers.backup.age_recipient} {digest_of(found.secret)}"
    changed = difference(saved.files, in_the_open(found, answers.backup.secrets))
    return Standing(record, found, changed, encrypted and record.secrets != digest)
