"""The imagined DNS: a zone at Cloudflare, three public resolvers that remember for a while, and everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from mailwizard.demo.smtp import OPERATORS
from mailwizard.demo.world import DOMAIN, World
from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.blocklist import query_name
from mailwizard.dns.dns import Dns
from mailwizard.dns.names import normal
from mailwizard.dns.zone import Zone

SERVERS = {"ada.ns.cloudflare.com": "203.0.113.53", "bob.ns.cloudflare.com": "203.0.113.54"}
RESOLVERS = {"1.1.1.1": 0, "8.8.8.8": 40, "9.9.9.9": 15}  # seconds for which each remembers that there was nothing
TTL = 300
_LISTS = ("zen.spamhaus.org", "bl.spamcop.net")
_SOA = Record("", "SOA", 1800, "ada.ns.cloudflare.com dns.cloudflare.com 2390000001 10000 2400 604800 1800")
_PUBLIC: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{(name, "A"): (f"192.0.2.{number}",) for name, number in OPERATORS.items()},
    **{(name, "AAAA"): (f"2001:db8:25::{number}",) for name, number in OPERATORS.items()},
    **{(query_name(zone, "127.0.0.2"), "A"): ("127.0.0.2",) for zone in _LISTS},
    **{(query_name(zone, "::ffff:7f00:2"), "A"): ("127.0.0.2",) for zone in _LISTS},
    ("7.100.51.198.origin.asn.cymru.com", "TXT"): ("51167 | 198.51.100.0/24 | DE | ripencc | 2026-01-01",),
    ("_spf.google.com", "TXT"): ("v=spf1 ip4:192.0.2.128/25 ~all",),
}


class DemoDns(Dns):
    """Answers out of the imagined world. It asks nobody."""

    def __init__(self, world: World) -> None:
        super().__init__(())
        self.world = world

    def forget(self) -> None:
        """Nothing is remembered."""

    async def resolve(self, name: str, type: str) -> Answer:
        """What the machine's own resolver says."""
        return self._answer(normal(name), type, "an imagined resolver")

    async def at_resolvers(self, name: str, type: str) -> list[Answer]:
        """What each public resolver says: one that was asked too early remembers that there was nothing."""
        return [self._remembered(normal(name), type, server, lag) for server, lag in RESOLVERS.items()]

    async def remembered(self, name: str, type: str) -> list[Answer]:
        """What each public resolver has cached: here, what it says when it is asked."""
        return await self.at_resolvers(name, type)

    async def authoritative(self, name: str, type: str) -> list[Answer]:
        """What each of the zone's servers says."""
        return [self._answer(normal(name), type, f"{server} ({ip})") for server, ip in SERVERS.items()]

    async def authoritative_lookup(self, name: str, type: str) -> Answer:
        """What the first of the zone's servers says."""
        return (await self.authoritative(name, type))[0]

    async def zone(self, name: str) -> Zone:
        """Every name lies in a zone of two labels, well served."""
        apex, servers = _apex(normal(name)), tuple(SERVERS)
        return Zone(apex, servers, servers, tuple(SERVERS.items()), dict.fromkeys(SERVERS, 2390000001))

    def _remembered(self, name: str, type: str, server: str, lag: int) -> Answer:
        now, records = self.world.now(), self.world.standing(name, type)
        knows_at = max((record.since for record in records), default=now) + timedelta(seconds=lag)
        if not records or knows_at <= now:
            return self._answer(name, type, server)
        left = int((knows_at - now).total_seconds()) + 1
        soa = replace(_soa(name), ttl=left)
        return Answer(name, type, Outcome.NO_NAME, authority=(soa,), server=server, recursive=True)

    def _answer(self, name: str, type: str, server: str) -> Answer:
        values = [*_PUBLIC.get((name, type), ()), *(record.value for record in self.world.standing(name, type))]
        if name == DOMAIN and type in ("NS", "SOA"):
            values = [*SERVERS] if type == "NS" else [_SOA.value]
        records = tuple(Record(name, type, TTL, value, _strings(type, value)) for value in values)
        if records:
            return Answer(name, type, Outcome.FOUND, records, server=server, authoritative=True)
        outcome = Outcome.NO_DATA if self._exists(name) else Outcome.NO_NAME
        return Answer(name, type, outcome, authority=(_soa(name),), server=server, authoritative=True)

    def _exists(self, name: str) -> bool:
        now = self.world.now()
        names = [*(known for known, _ in _PUBLIC), *(r.name for r in self.world.records if r.since <= now), DOMAIN]
        return any(known == name or known.endswith(f".{name}") for known in names)


def _apex(name: str) -> str:
    return DOMAIN if name.endswith(DOMAIN) else ".".join(name.split(".")[-2:])


def _soa(name: str) -> Record:
    return replace(_SOA, name=_apex(name))


def _strings(type: str, value: str) -> tuple[bytes, ...]:
    data = value.encode("latin-1", "replace")
    return tuple(data[at : at + 255] for at in range(0, len(data), 255)) if type == "TXT" else ()
