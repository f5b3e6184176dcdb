"""Finding zones and their delegations: which zone a name lies in, who serves it, what the zone above says."""

from __future__ import annotations

import asyncio
from functools import partial

from mailwizard.dns.answer import Answer, Lookup, Outcome, Record
from mailwizard.dns.ask import Asker, usable
from mailwizard.dns.cuts import NO_ADDRESS, Cut, Delegation, Places, apex_above, domain_of, glue_of, label, referral
from mailwizard.dns.memo import Memo, first
from mailwizard.dns.names import is_within, parent
from mailwizard.dns.route import has_route

REMEMBER = 60  # seconds
STAGGER = 0.6  # seconds before the next server of the zone above is asked as well
DEEPER = 6  # referrals followed at most
PARENTS = 4  # servers of the zone above that are asked at most


class Delegations:
    """Finds zones; what was found is remembered for a minute."""

    def __init__(self, asker: Asker, resolve: Lookup) -> None:
        self._asker, self._resolve = asker, resolve
        self._starts: Memo[Cut] = Memo(_seconds_to_keep)
        self._cuts: Memo[Cut] = Memo(_seconds_to_keep)
        self._views: Memo[Delegation] = Memo(lambda view: REMEMBER if view.servers else 0)
        self._places: Memo[Places] = Memo(lambda places: 0 if places.lost else REMEMBER)

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._starts.forget()
        self._cuts.forget()
        self._views.forget()
        self._places.forget()

    async def start(self, name: str) -> Cut:
        """The zone of the domain that `name` belongs to; a zone below it may hold `name`, which a referral shows.

        Resolvers are asked about the domain only, never about a name that may not be published yet: they would
        remember that it does not exist (RFC 2308, 5), and so would everybody whom they serve.
        """
        domain = domain_of(name)
        return await self._starts.get(domain, partial(self._start, domain))

    async def cut(self, name: str) -> Cut:
        """The zone that holds `name`: referrals followed from the domain down, one server a step."""
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

    async def _start(self, domain: str) -> Cut:
        answer = await self._resolve(domain, "NS")
        if answer.outcome is Outcome.UNKNOWN:
            return await self._start_from_above(domain, answer.why)
        if answer.records and not answer.aliases:
            return Cut(domain, answer.values)
        if not domain:
            return Cut("", (), Outcome.UNKNOWN, "the root's name servers are not known")
        return await self.start(apex_above(domain, answer))

    async def _start_from_above(self, domain: str, why: str) -> Cut:
        """When no resolver can say: the referral that the zone above gives (a zone that none of its servers serves)."""
        upper = await self.start(parent(domain)) if domain else Cut("", (), Outcome.UNKNOWN, why)
        if upper.outcome is Outcome.UNKNOWN:
            return Cut("", (), Outcome.UNKNOWN, why)
        return await self._lower(upper, domain) or upper

    async def _cut(self, name: str) -> Cut:
        cut = await self.start(name)
        for _ in range(DEEPER):
            lower = await self._lower(cut, name) if cut.outcome is Outcome.FOUND else None
            if lower is None:
                break
            cut = lower
        return cut

    async def _lower(self, cut: Cut, name: str) -> Cut | None:
        """The next zone below that holds `name`, by a referral; None when `name` lies in `cut` itself."""
        if name == cut.apex:
            return None
        answers = (await self._ask_some(cut, name))[-1:]
        below = referral(name, cut.apex, answers)
        if below:
            return Cut(below[0].name, tuple(record.value for record in below), glue=glue_of(answers))
        return await self._same_servers(cut, name, answers[0]) if answers and answers[0].authoritative else None

    async def _same_servers(self, cut: Cut, name: str, answer: Answer) -> Cut | None:
        """The zone below, when the servers of `cut` hold it too: they answer for it and refer to nobody."""
        if answer.records and not answer.aliases:
            return Cut(name, answer.values)
        owners = [record.name for record in answer.authority if record.type == "SOA"]
        below = next((owner for owner in owners if owner != cut.apex and is_within(owner, cut.apex)), None)
        if below is None or not is_within(name, below):
            return None
        answers = (await self._ask_some(cut, below))[-1:]
        return Cut(below, answers[0].values) if answers and answers[0].records else None

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
            return Delegation(servers, Outcome.FOUND, glue=glue_of([last]), answers=tuple(answers))
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


def _seconds_to_keep(cut: Cut) -> float:
    return REMEMBER if cut.outcome is Outcome.FOUND else 0


def _helps(name: str, apex: str, answer: Answer) -> bool:
    return (usable(answer) and answer.authoritative) or bool(referral(name, apex, [answer]))
