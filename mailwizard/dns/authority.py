"""Asking the servers that hold the zone (RD=0): all of them, every address, or the first that answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from mailwizard.dns.answer import ENDLESS, Answer, Outcome
from mailwizard.dns.ask import Asker, Sent, usable
from mailwizard.dns.cuts import Address, Cut, Places, glue_of, label, referral
from mailwizard.dns.delegation import DEEPER, Delegations
from mailwizard.dns.interception import WHY, is_intercepted
from mailwizard.dns.memo import Memo, first
from mailwizard.dns.reading import unknown
from mailwizard.dns.resolvers import Resolvers, joined, seconds_to_keep

STAGGER = 0.6  # seconds before the next server is asked as well, where one answer is enough
ALIASES = 8  # aliases followed from zone to zone
REMEMBER_PARTLY = 5  # seconds, when some of the servers did not answer


class Authorities:
    """The authoritative side of one `Dns`."""

    def __init__(self, asker: Asker, delegations: Delegations, resolvers: Resolvers) -> None:
        self._asker, self._delegations, self._resolvers = asker, delegations, resolvers
        self._all: Memo[list[Answer]] = Memo(_seconds_to_keep)
        self._any: Memo[Answer] = Memo(seconds_to_keep)

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._all.forget()
        self._any.forget()

    async def every(self, name: str, type: str) -> list[Answer]:
        """What each address of each server says, aliases followed into other zones. At least one answer.

        An answer without authority is UNKNOWN and `why` says so.
        """
        answers = await self._all.get((name, type), partial(self._every, name, type, None, DEEPER))
        if not any(_is_open(answer) for answer in answers):
            return list(answers)
        return list(await asyncio.gather(*(self._complete(answer, ALIASES) for answer in answers)))

    async def one(self, name: str, type: str, aliases: int = ALIASES) -> Answer:
        """A usable answer with authority, aliases followed from zone to zone: the first that comes.

        Where all servers are asked already, nobody is asked once more.
        """
        known = next((answer for answer in await self._all.shared((name, type)) or () if usable(answer)), None)
        answer = known or await self._any.get((name, type), partial(self._one, name, type))
        return await self._complete(answer, aliases)

    async def _complete(self, answer: Answer, aliases: int) -> Answer:
        if not _is_open(answer):
            return answer
        if not aliases:
            return replace(answer, outcome=Outcome.UNKNOWN, why=ENDLESS)
        return joined(answer, await self.one(answer.aliases[-1].value, answer.type, aliases - 1))

    async def _every(self, name: str, type: str, cut: Cut | None, deeper: int) -> list[Answer]:
        # reverse zones lie many steps below the two that are known: one server a step, not all of them
        down = self._delegations.cut if name.endswith(".arpa") else self._delegations.start
        cut = cut or await down(name)
        if cut.outcome is Outcome.UNKNOWN:
            return [unknown(name, type, cut.why)]
        places = await self._delegations.places(cut.servers, cut.glue)
        sent = self._send_all(places, name, type)
        view = await self._delegations.above(cut.apex)
        answers = await self._answers(sent, places, name, type)
        more = tuple(server for server in view.servers if server not in cut.servers)
        if more:
            places = await self._delegations.places(more, view.glue)
            answers += await self._answers(self._send_all(places, name, type), places, name, type)
        below = referral(name, cut.apex, answers)
        if below and deeper:
            names = tuple(dict.fromkeys(record.value for record in below if record.name == below[0].name))
            return await self._every(name, type, Cut(below[0].name, names, glue=glue_of(answers)), deeper - 1)
        self._resolvers.intercepted |= is_intercepted((*answers, *view.answers))
        if not answers:
            return [unknown(name, type, f"no name server of {cut.apex or 'the root'} can be reached from here")]
        return [_with_authority(answer, self._resolvers.intercepted) for answer in answers]

    def _send_all(self, places: Places, name: str, type: str) -> list[Sent]:
        return [
            self._asker.send(server[1], name, type, recursive=False, label=label(server)) for server in places.found
        ]

    async def _answers(self, sent: list[Sent], places: Places, name: str, type: str) -> list[Answer]:
        answers = [await self._asker.answer(one) for one in sent]
        return answers + [unknown(name, type, why, server) for server, why in places.lost]

    async def _ask(self, server: Address, name: str, type: str) -> Answer:
        return await self._asker.ask(server[1], name, type, recursive=False, label=label(server))

    async def _one(self, name: str, type: str) -> Answer:
        cut = await self._delegations.start(name)
        for _ in range(DEEPER):
            if cut.outcome is Outcome.UNKNOWN:
                return unknown(name, type, cut.why)
            places = await self._delegations.places(cut.servers, cut.glue)
            asks = [partial(self._ask, server, name, type) for server in places.found]
            answers = await first(asks, partial(_settles, name, cut.apex), STAGGER)
            if not answers:
                return unknown(name, type, f"no name server of {cut.apex or 'the root'} can be reached from here")
            below = referral(name, cut.apex, answers[-1:])
            if not below:
                return _with_authority(answers[-1], is_intercepted(answers))
            cut = Cut(below[0].name, tuple(record.value for record in below), glue=glue_of(answers[-1:]))
        return unknown(name, type, "too many referrals")


def _is_open(answer: Answer) -> bool:
    """True when the answer ends in an alias whose target lies in another zone."""
    return answer.outcome is Outcome.FOUND and not answer.records


def _settles(name: str, apex: str, answer: Answer) -> bool:
    return (usable(answer) and answer.authoritative) or bool(referral(name, apex, [answer]))


def _with_authority(answer: Answer, intercepted: bool) -> Answer:
    """The answer, UNKNOWN when it has no authority: it may be old, or somebody else's."""
    if answer.authoritative or not usable(answer):
        return replace(answer, why=f"{answer.why}; {WHY}") if intercepted and not usable(answer) else answer
    why = WHY if intercepted else "answered without authority: this server does not hold the zone"
    return replace(answer, outcome=Outcome.UNKNOWN, records=(), aliases=(), why=why)


def _seconds_to_keep(answers: list[Answer]) -> float:
    kept = [seconds_to_keep(answer) for answer in answers if usable(answer)]
    if len(kept) == len(answers):
        return min(kept, default=0)
    return min(REMEMBER_PARTLY, *kept) if kept else 0
