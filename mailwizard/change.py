"""What a change is: it says what it does, shows its difference, performs itself, and knows its inverse.

The family itself stands in `mailwizard.changes`; services make its members, the engine performs them.
"""

from __future__ import annotations

from typing import Protocol

from mailwizard.host.protocol import Host, Report


class Change(Protocol):
    """One change to a machine. Its texts hold no secret."""

    @property
    def kind(self) -> str:
        """Which change it is: `write_file`, `install_packages`, `restart_unit`, `run_command`, ..."""

    @property
    def title(self) -> str:
        """What it does, in one line: "/etc/chasquid/chasquid.conf"."""

    @property
    def detail(self) -> str:
        """What is special about it, in a few words: "new, 0640"; may be empty."""

    async def diff(self, host: Host) -> str:
        """A unified diff for a file (secret content left out), else the commands that will run. Only reads."""

    async def perform(self, host: Host, report: Report) -> None:
        """Does it, whole or not at all as far as can be. Raises HostError with a sentence."""

    async def inverse(self, host: Host) -> Change | None:
        """The change that brings back what stands now; None when nothing can. Asked before `perform`. Only reads."""

    def as_json(self) -> dict[str, object]:
        """The change as the journal keeps it, to be made again by `changes.from_json`; secret content left out."""
