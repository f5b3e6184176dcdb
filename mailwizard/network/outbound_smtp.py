"""Can this machine reach other mail servers on port 25? Tried at two operators; only their greeting is read.

One operator that does not answer is no shut port; a greeting in another's name is a proxy on the way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from mailwizard.dns.answer import Answer
from mailwizard.errors import Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, Stream
from mailwizard.text import one_line

_TIMEOUT = 6  # seconds: a first packet that got lost is sent again after 1 and after 3


class Asks(Protocol):
    """What asks the DNS."""

    async def resolve(self, name: str, type: str) -> Answer:
        """The first usable answer."""


class End(Enum):
    """How an attempt ended."""

    GREETED = "greeted"  # 220
    TURNED_AWAY = "turned away"  # 4xx or 5xx: the port is open, the address is not liked
    OTHER_NAME = "another name"
    SILENT = "silent"
    REFUSED = "refused"
    NO_WAY = "no way"
    NO_ADDRESS = "no address"  # it has none of this family
    UNRESOLVED = "unresolved"  # the DNS gave no usable answer


@dataclass(frozen=True)
class Attempt:
    """One try at one operator; `said` is its greeting or the reason."""

    operator: str
    end: End
    said: str = ""
    address: str = ""

    @property
    def shown(self) -> str:
        """`gmail-smtp-in.l.google.com (192.0.2.1): timed out`."""
        return f"{self.operator} ({self.address}): {self.said}" if self.address else f"{self.operator}: {self.said}"

    @property
    def name(self) -> str:
        """The name in its greeting, in lower case."""
        words = self.said.split()
        return words[1].lower() if len(words) > 1 else ""


async def attempts(host: Host, dns: Asks, operators: Sequence[str], family: int, source: str = "") -> list[Attempt]:
    """A try at each operator over IPv4 (4) or IPv6 (6), side by side, from `source`. Sends nothing but QUIT."""
    return list(await asyncio.gather(*(_attempt(host, dns, name, family, source) for name in operators)))


async def _attempt(host: Host, dns: Asks, operator: str, family: int, source: str) -> Attempt:
    answer = await dns.resolve(operator, "AAAA" if family == 6 else "A")
    if not answer.values:
        if answer.is_missing:
            return Attempt(operator, End.NO_ADDRESS, f"it has no IPv{family} address")
        return Attempt(operator, End.UNRESOLVED, f"its address could not be looked up: {answer.why}")
    address = answer.values[0]
    try:
        stream = await host.dial(address, 25, source=source, timeout=_TIMEOUT)
    except Unreachable as error:
        why = one_line(str(error)).removeprefix(f"{address} port 25: ")
        return Attempt(operator, _end(why), why, address)
    try:
        greeting = await asyncio.wait_for(_greeting(stream), _TIMEOUT)
    except (asyncio.TimeoutError, Unreachable):
        return Attempt(operator, End.SILENT, "connected, but no greeting came", address)
    finally:
        await stream.close()
    return Attempt(operator, _judged(operator, greeting), greeting, address)


async def _greeting(stream: Stream) -> str:
    """The greeting's first line, at most 512 octets (RFC 5321, section 4.5.3.1.5), answered with QUIT."""
    text = b""
    while b"\n" not in text and len(text) < 512:
        more = await stream.read()
        if not more:
            break
        text += more
    with contextlib.suppress(Unreachable):  # who hangs up after greeting has greeted
        await stream.write(b"QUIT\r\n")
    return one_line(text.split(b"\n")[0][:512].decode("ascii", "replace").rstrip("\r"))


def _end(why: str) -> End:
    if "timed out" in why or "no answer" in why:
        return End.SILENT
    return End.REFUSED if "refused" in why else End.NO_WAY


def _judged(operator: str, greeting: str) -> End:
    if greeting[:1] in ("4", "5"):
        return End.TURNED_AWAY
    if not greeting.startswith("220"):
        return End.SILENT
    whose = ".".join(operator.lower().split(".")[-2:])
    return End.GREETED if whose in greeting.lower() else End.OTHER_NAME


def finding(tried: Sequence[Attempt], family: int) -> Finding:
    """`os.smtp_out_ipv4` or `os.smtp_out_ipv6`, judged from the attempts."""
    status, cause, fix = _verdict(tried, family)
    return Finding(
        f"os.smtp_out_ipv{family}",
        status,
        f"Outgoing port 25 over IPv{family}",
        expected="another mail server's greeting",
        found=tuple(attempt.shown for attempt in tried),
        source="connections from this server",
        cause=cause,
        fix=fix,
    )


def _verdict(tried: Sequence[Attempt], family: int) -> tuple[Status, str, str]:
    ends = {attempt.end for attempt in tried}
    if not tried:
        return Status.SKIPPED, "", ""
    if End.GREETED in ends:
        return Status.OK, "", ""
    if End.TURNED_AWAY in ends:
        return Status.WARNING, "turned_away", "The port is open, but this address is not liked: look at its blocklists."
    if End.OTHER_NAME in ends:
        return _proxied(tried, family)
    if End.UNRESOLVED in ends or ends == {End.NO_ADDRESS}:
        return Status.UNKNOWN, "no_answer", ""
    return _shut(ends, family)


def _shut(ends: set[End], family: int) -> tuple[Status, str, str]:
    without = ', or send over IPv4 only: "off" as IPv6 address (server.ipv6 in setup.toml).' if family == 6 else "."
    if End.REFUSED in ends or End.SILENT in ends:
        fix = f"Ask your hosting company, with a ticket, to open outgoing port 25 for IPv{family}"
        return Status.FAILED, "timed_out" if End.SILENT in ends else "refused", fix + without
    return Status.FAILED, "no_way", f"This server has no way out over IPv{family}: mend its network{without}"


def _proxied(tried: Sequence[Attempt], family: int) -> tuple[Status, str, str]:
    names = [attempt.name for attempt in tried if attempt.end is End.OTHER_NAME]
    if len(names) > 1 and len(set(names)) == 1:
        fix = f"Somebody on the way answers instead. Ask your hosting company to leave port 25 over IPv{family} alone."
        return Status.FAILED, "proxied", fix
    fix = "It greets with another name than expected. Look whether your hosting company redirects port 25."
    return Status.WARNING, "other_name", fix
