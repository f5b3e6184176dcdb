"""Where chasquid keeps a domain's aliases, and the proof that the running server has read them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import fields
from mailwizard.changes.files import write_file
from mailwizard.changes.reading import register
from mailwizard.errors import CommandFailed, FileMissing, HostError
from mailwizard.host.protocol import Host, Report, text_of
from mailwizard.mta.aliases import Target, parse_aliases
from mailwizard.mta.users_file import DOMAINS, GROUP, MODE, OWNER, tell_chasquid
from mailwizard.text import one_line

_REREAD = 40  # seconds; chasquid reads its aliases anew every 30
_PAUSE = 0.5


def path_of(domain: str) -> str:
    """The path of a domain's aliases file."""
    return f"{DOMAINS}/{domain}/aliases"


async def aliases_text(host: Host, domain: str) -> str:
    """The file as it stands; empty when there is none. Raises FileUnreadable."""
    try:
        return await text_of(host, path_of(domain))
    except FileMissing:
        return ""


async def place(host: Host, domain: str, text: str, note: str = "") -> list[Change]:
    """What it takes for the file to be `text`: nothing, or a file and the proof that chasquid took it. Only reads.

    `note` says in a few words what is special. Raises BrokenFile for a text that would end the running server.
    """
    aliases = parse_aliases(text, domain)
    changes = await write_file(host, path_of(domain), text, mode=MODE, owner=OWNER, group=GROUP, note=note)
    first = next(((name, targets) for name, targets in aliases.items() if name != "*"), None)
    if not changes or first is None:
        return changes
    name, targets = first
    return [*changes, ReadAliases(f"{name}@{domain}", _outside(targets, domain))]


def _outside(targets: tuple[Target, ...], domain: str) -> str:
    """A target that chasquid shows as it is written, not followed any further; empty when there is none."""
    return next((target.address for target in targets if not target.address.endswith(f"@{domain}")), "")


@dataclass(frozen=True)
class ReadAliases:
    """chasquid reads its aliases anew, and says where mail for `address` goes: to `target` (empty: anywhere)."""

    kind: ClassVar[str] = "read_aliases"
    address: str
    target: str = ""

    @property
    def title(self) -> str:
        """In words."""
        return "Let chasquid read its aliases anew"

    @property
    def detail(self) -> str:
        """What it must say then."""
        return f"{self.address} goes to {self.target}" if self.target else ""

    async def diff(self, host: Host) -> str:
        """The commands. Only reads."""
        return f"systemctl kill --signal=HUP chasquid.service\nchasquid-util aliases-resolve {self.address}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Waits until it says so. Raises HostError when it does not, or is not running."""
        await tell_chasquid(host)
        loop = asyncio.get_running_loop()
        end = loop.time() + _REREAD
        while True:
            ran = await host.run(["chasquid-util", "-C=/etc/chasquid", "aliases-resolve", self.address], timeout=20)
            if ran.ok and (not self.target or self.target in ran.out.lower().split()):
                return report(f"chasquid sends mail for {self.address} to: {' '.join(ran.out.split())}")
            if loop.time() > end:
                raise self._why(ran.out if ran.ok else ran.err)
            await asyncio.sleep(_PAUSE)

    def _why(self, said: str) -> HostError:
        return CommandFailed(
            f"chasquid has not taken over the aliases of {self.address}: {one_line(said) or 'it says nothing'}. "
            "Look at `journalctl -u chasquid`."
        )

    async def inverse(self, host: Host) -> Change | None:
        """The same without an expectation: the file will have been put back."""
        return ReadAliases(self.address)

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        return kept | {"address": self.address, "target": self.target}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> ReadAliases:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "address"), fields.text(kept, "target", ""))


register(ReadAliases.kind, ReadAliases.from_json)
