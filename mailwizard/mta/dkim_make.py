"""Making a DKIM key, staged where only root can read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.answers import STATE_FOLDER
from mailwizard.change import Change
from mailwizard.changes import fields, register
from mailwizard.changes.files import remove_file
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.mta.dkim_files import STAGED_FOLDER, staged_path


@dataclass(frozen=True)
class MakeDkimKey:
    """A new RSA key of 2048 bits (RFC 8301) that signs nothing until its record is seen."""

    kind: ClassVar[str] = "make_dkim_key"
    domain: str
    selector: str

    @property
    def title(self) -> str:
        """Where it comes to lie."""
        return staged_path(self.domain, self.selector)

    @property
    def detail(self) -> str:
        """What it is."""
        return f"new DKIM key of {self.domain}, 0600"

    async def diff(self, host: Host) -> str:
        """What is made; the key itself is shown nowhere. Only reads."""
        return f"RSA 2048 key, selector {self.selector}, at {self.title}. The content is secret and is not shown.\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Makes it. Raises HostError when a key stands there already, or when it cannot be kept."""
        from mailwizard.dns.dkim_key import new_key

        if await host.stat(self.title):
            raise HostError(f"{self.title} was made by somebody else just now. Plan again.")
        for folder in (STATE_FOLDER, STAGED_FOLDER, f"{STAGED_FOLDER}/{self.domain}"):
            await host.make_dir(folder, mode=0o700)
        await host.write(self.title, new_key(), mode=0o600)
        report(f"made a DKIM key for {self.domain}, selector {self.selector}")

    async def inverse(self, host: Host) -> Change | None:
        """Removes the key."""
        return RemoveDkimKey(self.domain, self.selector)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail} | vars(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> MakeDkimKey:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "domain"), fields.text(kept, "selector"))


@dataclass(frozen=True)
class RemoveDkimKey(MakeDkimKey):
    """A staged key taken away again."""

    kind: ClassVar[str] = "remove_dkim_key"

    @property
    def detail(self) -> str:
        """What it is."""
        return f"DKIM key of {self.domain} removed"

    async def diff(self, host: Host) -> str:
        """What goes. Only reads."""
        return f"{self.title} is removed. The content is secret and is not shown.\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Removes it; one that is gone already is no error."""
        for change in await remove_file(host, self.title, secret=True):
            await change.perform(host, report)

    async def inverse(self, host: Host) -> Change | None:
        """None: a key that is gone is gone."""
        return None


register(MakeDkimKey.kind, MakeDkimKey.from_json)
register(RemoveDkimKey.kind, RemoveDkimKey.from_json)
