"""The three ports seen from outside: only possible from another computer (`--host`), and what counts in the end."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from mailwizard.answers import Answers
from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Stream
from mailwizard.mta.ports import Answered, ask_port, judge_port
from mailwizard.text import one_line

_TIMEOUT = 6.0  # seconds


@runtime_checkable
class FromElsewhere(Protocol):
    """A machine that mailwizard reaches from another computer."""

    async def address_from_here(self) -> str:
        """The machine's IP address, empty when this computer does not know it. Raises Unreachable when it is lost."""

    async def dial_from_here(self, name: str, port: int, *, timeout: float = 10) -> Stream:
        """A TCP connection from this computer to an address or name. Raises Unreachable with the reason."""


@dataclass(frozen=True)
class Outside:
    """This computer, as a place to connect from: whatever address is asked for, it is the machine's."""

    machine: FromElsewhere
    address: str

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        """A TCP connection to the machine. Raises Unreachable with the reason."""
        return await self.machine.dial_from_here(self.address, port, timeout=min(timeout, _TIMEOUT))


async def seen_from_outside(host: object, answers: Answers, port: int, own: Finding) -> Finding:
    """`own` (what the machine itself sees of `port`), with what this computer sees of it.

    A port that is fine on the machine and closed from outside failed. Unchanged where the machine is this computer, or
    its own view is not good already. Raises Unreachable when the machine itself is lost.
    """
    if own.status is not Status.OK or not isinstance(host, FromElsewhere):
        return own
    here = socket.gethostname()
    if not (address := answers.server.ipv4 or await host.address_from_here()):
        return _not_seen(own, here)
    seen = await ask_port(Outside(host, address), port, answers.server.hostname)
    ways_out = bool(seen.banner) or port != 25 or await _lets_out(host, answers.probes.outbound_smtp)
    return judge(own, seen, here, ways_out=ways_out)


def _not_seen(own: Finding, here: str) -> Finding:
    said = f"from {one_line(here)}: not tried, for it reaches the server through another machine"
    fix = "Write the server's address as server.ipv4 in setup.toml, then look again."
    return replace(own, status=Status.UNKNOWN, cause="no_address", found=(*own.found, said), fix=fix)


def judge(own: Finding, seen: Answered, here: str, *, ways_out: bool) -> Finding:
    """`own` with what was `seen` from the computer `here`; `ways_out`: it can reach other servers on this port."""
    own = replace(own, source=f"{own.source}; and from {one_line(here)}")
    if judge_port(seen).status is Status.OK:
        return replace(own, found=(*own.found, f"from {one_line(here)}: the same"))
    own = replace(own, found=(*own.found, f"from {one_line(here)}: {one_line(seen.banner or seen.trouble)}"))
    if not ways_out:  # no fix: there is nothing to do on the server, and the set-up does not wait for it
        found = (*own.found, f"{one_line(here)} can reach no server on port {seen.port}: its network does not allow it")
        return replace(own, status=Status.UNKNOWN, cause="no_way_out", found=found)
    if seen.banner:
        return replace(own, status=Status.UNKNOWN, cause="other_answer")
    fix = (
        f"Port {seen.port} answers on the server and not from outside: allow incoming TCP {seen.port} in the firewall "
        "of your hosting provider (on its website) and in that of the server, then look again."
    )
    return replace(own, status=Status.FAILED, cause="closed_outside", fix=fix)


async def _lets_out(host: FromElsewhere, operators: Sequence[str]) -> bool:
    """True when this computer reaches another mail server on port 25; many networks at home let nothing out there."""
    for name in operators[:2]:
        try:
            stream = await host.dial_from_here(name, 25, timeout=_TIMEOUT)
        except HostError:
            continue
        await stream.close()
        return True
    return False
