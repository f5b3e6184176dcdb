"""A zone as its parent and its own servers show it: delegation, serials, lame servers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.ask import Asker, Sent, usable
from mailwizard.dns.cuts import NO_ADDRESS, Address, Cut, Delegation, label
from mailwizard.dns.delegation import Delegations
from mailwizard.dns.interception import WHY, is_intercepted
from mailwizard.dns.resolvers import Resolvers


@dataclass(frozen=True)
class Zone:
    """The zone that holds a name. FOUND: somebody serves it. UNKNOWN: it was not found, or nobody answers for it.

    NO_NAME: not even its top-level domain exists. `parent_servers` are the names in the delegation, `own_servers` those
    in the zone itself; `serials` by server (RFC 1982 numbers); `lame`: servers that answer, but not for this zone, or
    have no address. IPv6 addresses that this machine cannot reach are not in `addresses`. `why`: what could not be
    learned.
    """

    apex: str
    parent_servers: tuple[str, ...] = ()
    own_servers: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    serials: Mapping[str, int] = field(default_factory=dict)
    lame: tuple[str, ...] = ()
    outcome: Outcome = Outcome.FOUND
    why: str = ""
    silent: tuple[str, ...] = ()  # servers that gave no usable answer at any address
    refresh: int = 0  # seconds after which a server asks for the zone's newest version (RFC 1035, 3.3.13)


@dataclass
class _Seen:
    """What the zone's servers said: each address's SOA, the NS of one that serves it; the servers without address."""

    soas: dict[Address, Answer]
    listed: Answer | None
    lost: dict[str, str]
    hidden: list[str]


def no_zone(name: str, cut: Cut) -> Zone | None:
    """What to say when `cut` is not a zone that could hold `name`; None when it is one."""
    if cut.outcome is Outcome.UNKNOWN:
        return Zone("", outcome=Outcome.UNKNOWN, why=cut.why)
    if not cut.apex and name:
        return Zone("", outcome=Outcome.NO_NAME, why=f"There is no top-level domain {name.rsplit('.', 1)[-1]}.")
    return None


async def look_at(cut: Cut, asker: Asker, delegations: Delegations, resolvers: Resolvers) -> Zone:
    """The zone, asked of the zone above and of every address of its servers."""
    view, seen = await asyncio.gather(delegations.above(cut.apex), _ask_all(cut, asker, delegations))
    more = tuple(server for server in view.servers if server not in cut.servers)
    if more:
        others = await _ask_all(Cut(cut.apex, more, glue=view.glue), asker, delegations)
        seen = _Seen(
            seen.soas | others.soas, seen.listed or others.listed, seen.lost | others.lost, seen.hidden + others.hidden
        )
    if is_intercepted((*seen.soas.values(), *view.answers)):
        resolvers.intercepted = True
        return Zone(cut.apex, addresses=tuple(seen.soas), outcome=Outcome.UNKNOWN, why=WHY)
    return _judged(cut, view, seen)


async def _ask_all(cut: Cut, asker: Asker, delegations: Delegations) -> _Seen:
    def send(server: Address, type: str) -> Sent:
        return asker.send(server[1], cut.apex, type, recursive=False, label=label(server))

    places = await delegations.places(cut.servers, cut.glue)
    own = send(places.found[0], "NS") if places.found else None  # of one server: what its zone says of the servers
    sent = [send(server, "SOA") for server in places.found]
    soas = {server: await asker.answer(one) for server, one in zip(places.found, sent, strict=True)}
    listed = await asker.answer(own) if own else None
    for server in (server for server, soa in soas.items() if _serves(soa)):
        if listed and listed.authoritative and listed.values:
            break
        listed = await asker.answer(send(server, "NS"))
    return _Seen(soas, listed, dict(places.lost), list(places.hidden))


def _judged(cut: Cut, view: Delegation, seen: _Seen) -> Zone:
    serials = {soa.server: int(soa.values[0].split()[2]) for soa in seen.soas.values() if _serves(soa)}
    lame = [soa.server for soa in seen.soas.values() if _is_lame(soa, bool(serials))]
    lame += [label((server, why)) for server, why in seen.lost.items() if why == NO_ADDRESS]
    spoke = {server[0] for server, soa in seen.soas.items() if _serves(soa) or soa.server in lame}
    silent = dict.fromkeys((*(server[0] for server in seen.soas), *seen.lost))
    return Zone(
        cut.apex,
        view.servers,
        seen.listed.values if seen.listed and seen.listed.authoritative else (),
        tuple(seen.soas),
        serials,
        tuple(lame),
        Outcome.FOUND if serials else Outcome.UNKNOWN,
        "; ".join(_open_questions(cut, view, seen, [] if serials else lame)),
        tuple(server for server in silent if server not in spoke and seen.lost.get(server) != NO_ADDRESS),
        max((int(soa.values[0].split()[3]) for soa in seen.soas.values() if _serves(soa)), default=0),
    )


def _open_questions(cut: Cut, view: Delegation, seen: _Seen, lame: list[str]) -> list[str]:
    """What could not be learned, and, where nobody serves the zone, who does not."""
    reasons = [f"the zone above: {view.why}"] if view.outcome is Outcome.UNKNOWN else []
    served = any(map(_serves, seen.soas.values()))
    reasons += [f"{soa.server}: {soa.why}" for soa in seen.soas.values() if soa.why and not _is_lame(soa, served)]
    reasons += [f"{server}: {why}" for server, why in seen.lost.items() if why != NO_ADDRESS]
    reasons += [f"{server} does not serve {cut.apex}" for server in lame]
    if not seen.soas:
        reasons += [f"{server} has only IPv6 addresses, and this machine has no IPv6" for server in seen.hidden]
    return reasons


def _serves(soa: Answer) -> bool:
    return soa.authoritative and soa.outcome is Outcome.FOUND and bool(soa.records)


def _is_lame(soa: Answer, others_serve: bool) -> bool:
    """True when the server answered, and not with the zone's SOA; one that stayed silent may be down, no more.

    SERVFAIL is a fault of one server when others serve the zone; when none does, it may pass by itself.
    """
    if usable(soa):
        return not _serves(soa)
    marks = ("REFUSED", "NOTAUTH", "referred", "an empty answer")
    return soa.why.startswith((*marks, "SERVFAIL") if others_serve else marks)
