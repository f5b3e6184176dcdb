"""The DNS as the rest of the program asks it: resolvers, authoritative servers, zones. Nothing here ever raises for
what a server does; what could not be learned is `Outcome.UNKNOWN` with `why`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from types import TracebackType

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.ask import Asker
from mailwizard.dns.authority import Authorities
from mailwizard.dns.cuts import Cut, above_underscores
from mailwizard.dns.delegation import Delegations
from mailwizard.dns.https import ENDPOINTS, OverHttps
from mailwizard.dns.memo import Memo
from mailwizard.dns.names import normal
from mailwizard.dns.resolvers import Resolvers, system_resolvers
from mailwizard.dns.zone import Zone, look_at, no_zone

REMEMBER_ZONE = 60  # seconds


class Dns:
    """Asks the DNS. Equal questions in flight are shared, answers remembered for a minute at most.

    `resolvers`: the public ones of setup.toml (IP addresses); `system`: the machine's own (default: those of
    /etc/resolv.conf, read when first needed); `https`: where a resolver answers over HTTPS. Use as `async with`.
    """

    def __init__(
        self,
        resolvers: Sequence[str],
        *,
        port: int = 53,
        system: Sequence[str] | None = None,
        https: Mapping[str, str] = ENDPOINTS,
    ) -> None:
        self._system_given = system
        self._asker = Asker(port)
        self._https = OverHttps(https)
        self._resolvers = Resolvers(self._asker, resolvers, lambda: self._system, self._https)
        self._delegations = Delegations(self._asker, self._resolvers.resolve)
        self._authorities = Authorities(self._asker, self._delegations, self._resolvers)
        self._zones: Memo[Zone] = Memo(lambda zone: REMEMBER_ZONE if zone.serials else 0)

    async def __aenter__(self) -> Dns:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes."""
        await self.close()

    @cached_property
    def _system(self) -> Sequence[str]:
        return system_resolvers() if self._system_given is None else self._system_given

    @property
    def asked(self) -> int:
        """How many questions were sent to port 53 so far, retries not counted."""
        return self._asker.asked

    @property
    def intercepted(self) -> bool:
        """True once it was seen that somebody else answers on port 53 in the place of the name servers."""
        return self._resolvers.intercepted

    async def resolve(self, name: str, type: str) -> Answer:
        """The first usable answer of the machine's own resolvers, then of the public ones (RD=1)."""
        return await self._resolvers.resolve(normal(name), type)

    async def at_resolvers(self, name: str, type: str) -> list[Answer]:
        """What each public resolver says, in their order; `server` is its address."""
        return await self._resolvers.each(normal(name), type)

    async def remembered(self, name: str, type: str) -> list[Answer]:
        """What each public resolver has cached (RD=0): one that would have to ask for it gives no usable answer."""
        return await self._resolvers.remembered(normal(name), type)

    async def authoritative(self, name: str, type: str) -> list[Answer]:
        """What every address of every authoritative server says (RD=0), both families; at least one answer.

        `server` is "ns1.example.net (198.51.100.53)". Without the AA bit an answer is UNKNOWN.
        """
        return await self._authorities.every(normal(name), type)

    async def authoritative_now(self, name: str, type: str) -> list[Answer]:
        """The same, asked now whatever is remembered; where the servers are may be remembered."""
        self._authorities.forget()
        return await self.authoritative(name, type)

    async def authoritative_lookup(self, name: str, type: str) -> Answer:
        """The first usable authoritative answer, aliases followed from zone to zone: a `Lookup` for judging."""
        return await self._authorities.one(normal(name), type)

    async def zone(self, name: str) -> Zone:
        """The zone that holds `name`: its delegation, its servers, their serials, the lame ones.

        Of a name like `_dmarc.example.com` it is the zone of `example.com`.
        """
        name = above_underscores(normal(name))
        start = await self._delegations.start(name)
        if start.outcome is Outcome.UNKNOWN or start.apex == name:
            return no_zone(name, start) or await self._zone(start)
        if start.apex and not name.endswith(".arpa"):  # most likely this one
            cut, _ = await asyncio.gather(self._delegations.cut(name), self._zone(start))
        else:
            cut = await self._delegations.cut(name)
        return no_zone(name, cut) or await self._zone(cut)

    async def _zone(self, cut: Cut) -> Zone:
        make = partial(look_at, cut, self._asker, self._delegations, self._resolvers)
        return await self._zones.get(cut.apex, make)

    async def ask(self, server: str, name: str, type: str, *, recursive: bool = False) -> Answer:
        """One question to one IP address, not shared, not remembered. `recursive` is the RD bit."""
        return await self._asker.ask(server, name, type, recursive=recursive)

    def forget(self) -> None:
        """Ask afresh from now on."""
        for memory in (self._asker, self._resolvers, self._delegations, self._authorities, self._zones):
            memory.forget()

    async def close(self) -> None:
        """Closes the sockets; questions in flight end as UNKNOWN."""
        self._asker.close()
        await self._https.close()
