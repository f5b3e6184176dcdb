"""What a service is: it looks, and it compares. It never changes anything itself."""

from __future__ import annotations

from typing import Protocol

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host


class Service(Protocol):
    """One step of the set-up. It changes nothing while a finding whose id is in `needs` stands at failed."""

    name: str
    title: str
    needs: tuple[str, ...]

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """What stands now, each fact with its evidence. Only reads. Raises nothing but HostError for a lost host."""

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What is to be changed for the answers to hold, in order; empty when nothing is. Only reads."""
