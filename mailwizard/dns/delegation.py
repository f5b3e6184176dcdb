"""Zone cuts and delegations: which zone a name lies in, who serves it, and what the zone above says about that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from mailwizard.dns.answer import Answer, Lookup, Outcome, Record
from mailwizard.dns.ask import Asker, usable
from mailwizard.dns.memo import Memo, first
from mailwizard.dns.names import is_within, parent
from mailwizard.dns.route import has_route

REMEMBER = 60  # seconds
STAGGER = 0.6  # seconds before the next server of the zone above is asked as well
PARENTS = 4  # servers of the zone above that are asked at most
Address = tuple[str, str]  # a name server's name, one of its addresses


@dataclass(frozen=True)
class Cut:
    """A zone: its apex ("" = the root) and its servers' names; UNKNOWN with `why` when it could not be found."""

    apex: str
    servers: tuple[str, ...]
    outcome: Outcome = Outcome.FOUND
    why: str = ""
    glue: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Delegation:
    """What the zone above says: the servers' names (none: not delegated, or UNKNOWN), and in which answers."""

    servers: tuple[str, ...]
    outcome: Outcome
    why: str = ""
    glue: tuple[Record, ...] = ()
    answers: tuple[Answer, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Places:
    """Where servers are: `found` their addresses, `lost` the servers without one and why, `hidden` those that have only
    IPv6 addresses, which this machine cannot reach.
    """

    found: tuple[Address, ...]
    lost: tuple[tuple[str, str], ...] = ()
    hidden: tuple[str, ...] = ()


NO_ADDRESS = "no address"


def label(server: Address) -> str:
    """A server as the user reads it: `ns1.example.net (198.51.100.53)`."""
    return f"{server[0]} ({server[1]})"


class Delegations:
    """Finds zones; what was found is remembered for a minute."""

    def __init__(self, asker: Asker, resolve: Lookup) -> None:
        self._asker, self._resolve = asker, resolve
        self._cuts: Memo[Cut] = Memo(lambda cut: REMEMBER if cut.outcome is Outcome.FOUND else 0)
        self._views: Memo[Delegation] = Memo(lambda view: REMEMBER if view.servers else 0)
        self._places: Memo[Places] = Memo(lambda places: 0 if places.lost else REMEMBER)

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._cuts.forget()
        self._views.forget()
        self._places.forget()

    async def close(self) -> None:
        """Ends what is in flight."""
        await self._cuts.close()
        await self._views.close()
        await self._places.close()

    async def cut(self, name: str) -> Cut:
        """The zone that holds `name`."""
        return await self._cuts.get(name, partial(self._cut, name))

    async def above(self, apex: str) -> Delegation:
        """The delegation of `apex` by the servers of the zone above it, asked without recursion."""
        return await self._views.get(apex, partial(self._above, apex))

    async def places(self, servers: tuple[str, ...], glue: tuple[Record, ...] = ()) -> Places:
        """The addresses of these servers, both families; IPv6 ones only where this machine can reach them."""
        return await self._places.get((servers, glue), partial(self._places_of, servers, glue))

    async def _places_of(self, servers: tuple[str, ...], glue: tuple[Record, ...]) -> Places:
        each = await asyncio.gather(*(self._place(server, glue) for server in servers))
        return Places(
            tuple(address for places in each for address in places.found),
            tuple(lost for places in each for lost in places.lost),
            tuple(server for places in each for server in places.hidden),
        )

    async def _place(self, server: str, glue: tuple[Record, ...]) -> Places:
        answers = await asyncio.gather(self._resolve(server, "A"), self._resolve(server, "AAAA"))
        found = [value for answer in answers for value in answer.values]
        if not found:
            found = [record.value for record in glue if record.name == server and record.type in ("A", "AAAA")]
        if found:
            near = tuple((server, address) for address in found if has_route(address))
            return Places(near, hidden=() if near else (server,))
        why = next((answer.why for answer in answers if not usable(answer)), "")
        return Places((), ((server, f"its address was not found: {why}" if why else NO_ADDRESS),))

    async def _cut(self, name: str) -> Cut:
        soa, servers = await asyncio.gather(self._resolve(name, "SOA"), self._resolve(name, "NS"))
        if soa.outcome is Outcome.UNKNOWN:
            return await self._cut_from_above(name, soa.why)
        apex = _apex(name, soa)
        if apex is None:
            return await self.cut(parent(name)) if name else Cut("", (), Outcome.UNKNOWN, soa.why)
        if apex != name:
            return await self.cut(apex)
        if servers.outcome is Outcome.UNKNOWN:
            return Cut(apex, (), Outcome.UNKNOWN, servers.why)
        return Cut(apex, servers.values)

    async def _cut_from_above(self, name: str, why: str) -> Cut:
        """When no resolver can say: the referral that the zone above gives (a zone that none of its servers serves)."""
        if not name:
            return Cut("", (), Outcome.UNKNOWN, why)
        upper = await self.cut(parent(name))
        if upper.outcome is Outcome.UNKNOWN:
            return Cut("", (), Outcome.UNKNOWN, why)
        answers = await self._ask_some(upper, name)
        below = referral(name, upper.apex, answers[-1:])
        if below:
            return Cut(below[0].name, tuple(record.value for record in below), glue=_glue(answers[-1:]))
        if answers and answers[-1].authoritative and answers[-1].records:  # one server for both zones
            return Cut(name, answers[-1].values)
        return upper

    async def _above(self, apex: str) -> Delegation:
        if not apex:
            return Delegation((), Outcome.NO_DATA, "the root has no zone above it")
        upper = await self.cut(parent(apex))
        if upper.outcome is Outcome.UNKNOWN:
            return Delegation((), Outcome.UNKNOWN, upper.why)
        answers = await self._ask_some(upper, apex)
        if not answers:
            return Delegation((), Outcome.UNKNOWN, f"no server of the zone above {apex} can be reached")
        last, below = answers[-1], referral(apex, upper.apex, answers[-1:])
        if below and below[0].name == apex:
            servers = tuple(record.value for record in below)
            return Delegation(servers, Outcome.FOUND, glue=_glue([last]), answers=tuple(answers))
        if usable(last) and last.authoritative:  # the same server may serve both zones: it answers for the lower one
            return Delegation(last.values, last.outcome, answers=tuple(answers))
        return Delegation((), Outcome.UNKNOWN, last.why or "an answer without authority", answers=tuple(answers))

    async def _ask_some(self, zone: Cut, name: str) -> list[Answer]:
        """The NS records of `name` by some of the zone's servers, up to the first one that helps (last)."""
        servers = (await self.places(zone.servers, zone.glue)).found[:PARENTS]
        asks = [
            partial(self._asker.ask, server[1], name, "NS", recursive=False, label=label(server)) for server in servers
        ]
        return await first(asks, lambda answer: _helps(name, zone.apex, answer), STAGGER)


def _helps(name: str, apex: str, answer: Answer) -> bool:
    return (usable(answer) and answer.authoritative) or bool(referral(name, apex, [answer]))


def _apex(name: str, soa: Answer) -> str | None:
    """The owner of the SOA record; None where none fits (an alias, a resolver that leaves it out)."""
    if soa.aliases:
        return None  # an alias is never an apex (RFC 1034, 3.6.2): the zone is that of the name above
    owners = [record.name for record in soa.records + soa.authority if record.type == "SOA"]
    return next((owner for owner in owners if is_within(name, owner)), None)


def referral(name: str, apex: str, answers: Sequence[Answer]) -> list[Record]:
    """The NS records of a referral from the zone `apex` to a zone below it that holds `name`."""
    return [
        record
        for answer in answers
        if answer.outcome is Outcome.UNKNOWN
        for record in answer.authority
        if record.type == "NS" and record.name != apex and is_within(name, record.name) and is_within(record.name, apex)
    ]


def _glue(answers: list[Answer]) -> tuple[Record, ...]:
    return tuple(record for answer in answers for record in answer.authority if record.type in ("A", "AAAA"))
