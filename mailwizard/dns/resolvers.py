"""Asking resolvers (RD=1): the machine's own, then the public ones; DNS over HTTPS where port 53 does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from mailwizard.dns.answer import ENDLESS, Answer, Outcome
from mailwizard.dns.ask import Asker, usable
from mailwizard.dns.https import OverHttps
from mailwizard.dns.memo import Memo, first
from mailwizard.dns.names import normal
from mailwizard.dns.reading import unknown
from mailwizard.dns.socket_pool import TIMED_OUT

STAGGER = 1.2  # seconds before the next resolver is asked as well
REMEMBER, REMEMBER_MISSING = 60, 5  # seconds at most
_STUBS = ("127.0.0.53", "127.0.0.54")
_UPLINKS = "/run/systemd/resolve/resolv.conf"  # kept by systemd-resolved
HOPS = 8  # questions spent on one chain of aliases


def system_resolvers(path: str = "/etc/resolv.conf", uplinks: str = _UPLINKS) -> list[str]:
    """The addresses of the machine's own resolvers (resolv.conf(5)), in order; none when the file cannot be read.

    systemd-resolved's stub is passed over for the servers that it asks itself: the stub answers about this machine's
    own name and addresses from /etc/hosts, also where the DNS has something else or nothing (systemd-resolved(8)).
    """
    servers = _name_servers(path)
    beyond = _name_servers(uplinks) if any(server in _STUBS for server in servers) else []
    return list(dict.fromkeys((*beyond, *(server for server in servers if server not in _STUBS)))) or servers


def _name_servers(path: str) -> list[str]:
    try:
        lines = Path(path).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    fields = [line.split() for line in lines]
    return [words[1] for words in fields if len(words) > 1 and words[0] == "nameserver"][:3]


def seconds_to_keep(answer: Answer) -> float:
    """How long an answer may be used again: a short time, never longer than its TTL, an UNKNOWN one not at all."""
    if not usable(answer):
        return 0
    if answer.is_missing:
        return min(answer.negative_ttl or 0, REMEMBER_MISSING)
    return min(REMEMBER, *(record.ttl for record in answer.records + answer.aliases))


class Resolvers:
    """The resolvers of one `Dns`."""

    def __init__(
        self,
        asker: Asker,
        public: Sequence[str],
        system: Callable[[], Sequence[str]],
        https: OverHttps,
    ) -> None:
        self._asker, self._public, self._system, self._https = asker, tuple(public), system, https
        self._memo: Memo[Answer] = Memo(seconds_to_keep)
        self.intercepted = False  # port 53 is answered by somebody else than who was asked

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._memo.forget()

    async def resolve(self, name: str, type: str) -> Answer:
        """The first usable answer of the machine's own resolvers, then of the public ones, aliases followed."""
        name = normal(name)
        return await self._memo.get(("", name, type), partial(self._resolve, name, type))

    async def each(self, name: str, type: str) -> list[Answer]:
        """What each public resolver says, in their order."""
        name = normal(name)
        return list(await asyncio.gather(*(self._one(server, name, type) for server in self._public)))

    async def remembered(self, name: str, type: str) -> list[Answer]:
        """What each public resolver says without asking anybody (RD=0); many refuse. Nothing new is cached there."""
        asked = (self._asker.ask(server, name, type, recursive=False) for server in self._public)
        return list(await asyncio.gather(*asked))

    async def _one(self, server: str, name: str, type: str) -> Answer:
        return await self._memo.get((server, name, type), partial(self._follow, server, name, type))

    async def _resolve(self, name: str, type: str) -> Answer:
        servers = list(dict.fromkeys((*self._system(), *self._public)))
        if not servers:
            return unknown(name, type, "no resolver is configured")
        answers = await first([partial(self._one, server, name, type) for server in servers], usable, STAGGER)
        if usable(answers[-1]):
            return answers[-1]
        reasons = dict.fromkeys(f"{answer.server}: {answer.why}" for answer in answers)
        return replace(answers[0], why="; ".join(reasons))

    async def _follow(self, server: str, name: str, type: str) -> Answer:
        """One resolver's answer; where it leaves a chain of aliases unfinished, its target is asked as well."""
        answer = await self._ask(server, name, type)
        for _ in range(HOPS):
            if answer.outcome is not Outcome.FOUND or answer.records:
                return answer
            rest = await self._ask(server, answer.aliases[-1].value, type)
            answer = joined(answer, rest)
        return replace(answer, outcome=Outcome.UNKNOWN, why=ENDLESS)

    async def _ask(self, server: str, name: str, type: str) -> Answer:
        if self.intercepted and self._https.knows(server):
            return await self._https.ask(server, name, type)
        answer = await self._asker.ask(server, name, type, recursive=True)
        if answer.why != TIMED_OUT or not self._https.knows(server):
            return answer
        other = await self._https.ask(server, name, type)
        return other if usable(other) else answer


def joined(alias: Answer, rest: Answer) -> Answer:
    """An answer that ended in an alias, and what is at its target, as one answer of the first server."""
    return replace(
        alias,
        outcome=rest.outcome,
        records=rest.records,
        aliases=alias.aliases + rest.aliases,
        authority=rest.authority,
        why=rest.why,
    )
