"""Fetching the package list of one source, and of no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import register
from mailwizard.changes.apt import apt_get
from mailwizard.changes.apt_words import sentence
from mailwizard.debian.mirror import SOURCES_PATH
from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import Host, Report

_WORDS = (
    "update",
    "--error-on=any",
    *("-o", f"Dir::Etc::sourcelist={SOURCES_PATH}", "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Get::List-Cleanup=0"),
)


@dataclass(frozen=True)
class RefreshTesting:
    """apt learns what Debian testing has."""

    kind: ClassVar[str] = "refresh_testing"

    @property
    def title(self) -> str:
        """In words."""
        return "Fetch the package list of Debian testing"

    @property
    def detail(self) -> str:
        """Where it is told to."""
        return SOURCES_PATH

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"apt-get {' '.join(_WORDS)}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Fetches it. Raises CommandFailed with what apt says in a sentence."""
        ran = await apt_get(host, _WORDS, report)
        if not ran.ok:
            raise CommandFailed(f"Debian testing's package list could not be fetched. {sentence(ran, 'update')}")

    async def inverse(self, host: Host) -> Change | None:
        """None: a list that nothing refers to is cleaned away by apt itself."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RefreshTesting:
        """Nothing to be read."""
        return cls()


register(RefreshTesting.kind, RefreshTesting.from_json)
