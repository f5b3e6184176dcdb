"""The way of a message: each hop and its delay, the encryption and the IP version of the step that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from mailwizard.finding import Finding, Status
from mailwizard.inspecting.received import Hop
from mailwizard.inspecting.trust import Trust, is_internal

_SLOW = 300  # seconds for one hop; greylisting and spam checks take as long
_OLD = ("TLS 1.0", "TLS 1.1", "SSLv2", "SSLv3")  # RFC 8996


@dataclass(frozen=True)
class Step:
    """A hop, the seconds since the one before it, and whether the receiver itself wrote it."""

    hop: Hop
    seconds: float | None
    is_receivers: bool

    @property
    def sentence(self) -> str:
        """What happened there."""
        hop = self.hop
        by = hop.by or "a server without a name"
        whom = f" from {hop.sender or hop.rdns or 'nobody that is named'}" if hop.sender or hop.address else ""
        address = f" ({hop.address})" if hop.address and str(hop.address) != hop.sender else ""
        how = {None: "", "": ", not encrypted"}.get(hop.tls, f", {hop.tls}") if whom else ""
        doubt = "" if self.is_receivers else ", as the sender's side says"
        return f"{by} took it{whom}{address}{how}{self._when}{doubt}."

    @property
    def _when(self) -> str:
        if self.seconds is None:
            return "" if self.hop.at else ", when is not said"
        if self.seconds < 0:
            return f", {-self.seconds:.0f} s before the hop before it: their clocks differ"
        return f", {duration(self.seconds)} later"

    def as_json(self) -> dict[str, object]:
        """For `inspect --json`; `at` in ISO 8601, UTC."""
        hop = self.hop
        return {
            "by": hop.by,
            "from": hop.sender,
            "address": str(hop.address or ""),
            "with": hop.protocol,
            "tls": hop.tls,
            "at": hop.at.strftime("%Y-%m-%dT%H:%M:%SZ") if hop.at else None,
            "seconds": self.seconds,
            "by_receiver": self.is_receivers,
            "sentence": self.sentence,
        }


def steps(trust: Trust) -> list[Step]:
    """The hops, oldest first."""
    oldest_first = list(reversed(trust.hops))
    border = trust.border.index if trust.border else -1
    times = [hop.at for hop in oldest_first]
    waits = [None, *(_wait(at, before) for before, at in pairwise(times))]
    return [Step(hop, wait, hop.index <= border) for hop, wait in zip(oldest_first, waits, strict=False)]


def _wait(at: datetime | None, before: datetime | None) -> float | None:
    return (at - before).total_seconds() if at and before else None


def duration(seconds: float) -> str:
    """`3 s`, `4 min`, `2 h`, `5 days`."""
    for size, unit in ((172800, "days"), (7200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / {'days': 86400, 'h': 3600, 'min': 60}[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"


def tls_finding(trust: Trust) -> Finding:
    """The finding `inspect.tls`: was the message encrypted on its way to the receiver?"""
    hop = trust.border
    if hop is None or hop.tls is None or (not hop.tls and is_internal(hop)):
        return _tls(Status.UNKNOWN, "The receiver's header does not say whether the connection was encrypted.")
    if not hop.tls:
        fix = "Look at the receiver's port 25: mail is sent in clear only where it offers no TLS."
        return _tls(Status.FAILED, f"{hop.by} took the message over a connection in clear.", fix)
    if hop.tls in _OLD:
        return _tls(Status.WARNING, f"{hop.by} took the message over {hop.tls}, which is out of date (RFC 8996).")
    return _tls(Status.OK, f"{hop.by} took the message over {hop.tls}.")


def ipv6_finding(trust: Trust) -> Finding:
    """The finding `inspect.ipv6`: both are good; which of them it was, and what goes with it."""
    address = trust.border.address if trust.border else None
    if address is None:
        return Finding("inspect.ipv6", Status.UNKNOWN, "IPv6", found=("The address it came from is not written down.",))
    version = f"IPv{address.version}"
    sentence = f"It came over {version}, from {address}; that address needs a reverse name, and a place in SPF."
    return Finding("inspect.ipv6", Status.OK, "IPv6", str(address), found=(sentence,), source=trust.source)


def delay_finding(trust: Trust) -> Finding:
    """The finding `inspect.delay`: how long the message was on its way, and where it lay."""
    times = [hop.at for hop in trust.hops if hop.at]
    if len(times) < 2:
        return Finding("inspect.delay", Status.UNKNOWN, "Delay", found=("There are not two hops with a time.",))
    slow = [step for step in steps(trust) if step.seconds is not None and step.seconds > _SLOW]
    total = f"{duration(max(0.0, (times[0] - times[-1]).total_seconds()))} from the first server to the last."
    if not slow:
        return Finding("inspect.delay", Status.OK, "Delay", found=(total,))
    worst = max(slow, key=lambda step: step.seconds or 0)
    where = f"It lay longest before {worst.hop.by or 'a server without a name'}: {duration(worst.seconds or 0)}."
    return Finding("inspect.delay", Status.WARNING, "Delay", found=(total, where))


def _tls(status: Status, sentence: str, fix: str = "") -> Finding:
    return Finding("inspect.tls", status, "TLS", expected="TLS 1.2 or newer", found=(sentence,), fix=fix)
