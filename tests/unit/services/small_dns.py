"""A DNS of a few lines: what is not in it does not exist, and some names give no answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.dns import Dns
from mailwizard.dns.zone import Zone


@dataclass
class SmallDns:
    """`records`: values by (name, type); `silent`: names that nobody answers for; `zones` by name; `cached`: the names
    whose TXT record a public resolver has cached."""

    records: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    zones: Mapping[str, Zone] = field(default_factory=dict)
    cached: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def resolve(self, name: str, type: str) -> Answer:
        self.asked.append((name, type))
        if name in self.silent:
            return Answer(name, type, Outcome.UNKNOWN, why="timed out")
        values = self.records.get((name, type), ())
        records = tuple(Record(name, type, 300, value) for value in values)
        outcome = Outcome.FOUND if records else Outcome.NO_NAME
        return Answer(name, type, outcome, records, server="ns1.example.net (198.51.100.53)", authoritative=True)

    async def authoritative(self, name: str, type: str) -> list[Answer]:
        return [await self.resolve(name, type)]

    async def remembered(self, name: str, type: str) -> list[Answer]:
        refused = Answer(name, type, Outcome.UNKNOWN, server="1.1.1.1", why="REFUSED")
        old = Answer(name, type, Outcome.FOUND, (Record(name, type, 90, "v=DKIM1; p=old"),), server="8.8.8.8")
        return [refused, old if name in self.cached else replace(refused, server="8.8.8.8")]

    async def authoritative_lookup(self, name: str, type: str) -> Answer:
        return await self.resolve(name, type)

    async def zone(self, name: str) -> Zone:
        return self.zones[name]

    @property
    def as_dns(self) -> Dns:
        """Itself, for what wants a whole Dns."""
        return cast(Dns, self)
