"""Whose verdicts count: those that the receiving system wrote itself (RFC 8601 sections 2.5, 5 and 7.1).

Everything below the header in which the receiver says from which stranger it took the message can be written by that
stranger. Receivers write their verdicts above that header, or right below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailwizard.inspecting.kinship import always_judges, are_kin, is_among_microsoft, is_own_network
from mailwizard.inspecting.lexical import words
from mailwizard.inspecting.message import Message
from mailwizard.inspecting.received import Hop, read_received
from mailwizard.inspecting.results import Result, Results, read_results

_MOST_HOPS = 200
_BESIDE = ("authentication-results", "received-spf", "dkim-filter", "dmarc-filter")
_WORST_FIRST = ("fail", "permerror", "softfail", "policy", "neutral", "temperror", "none", "pass")


@dataclass(frozen=True)
class Ignored:
    """Verdicts that do not count, the server whose name they bear, and why."""

    server: str
    said: tuple[str, ...]  # "dkim=pass"
    is_forged: bool
    why: str


@dataclass(frozen=True)
class Trust:
    """The path of a message and what its receiver said of it."""

    hops: tuple[Hop, ...] = ()  # newest first
    border: Hop | None = None  # where the receiver took the message from a stranger
    receiver: str = ""
    results: tuple[Result, ...] = ()
    received_spf: str = ""
    envelope: str | None = None  # the address in Return-Path, "" for a bounce; None when the receiver wrote none
    ignored: tuple[Ignored, ...] = ()
    is_certain: bool = True  # False where the results stand at a place at which the sender could have put them as well

    def all(self, method: str) -> list[Result]:
        """The receiver's results of this method."""
        return [result for result in self.results if result.method == method]

    def worst(self, method: str) -> Result | None:
        """The worst of them: two that differ are one too many to believe the better one."""
        return self.worst_of(self.all(method))

    @staticmethod
    def worst_of(results: Iterable[Result]) -> Result | None:
        """The worst of these; the first one of several that are equally bad."""
        return min(results, key=_weight, default=None)

    @property
    def source(self) -> str:
        """Who says it, for a finding."""
        return f"{self.receiver}, which received it" if self.receiver else ""


def read_trust(message: Message) -> Trust:
    """Who received the message from whom, and which verdicts are the receiver's own. Never raises."""
    headers = message.headers
    found = [at for at, header in enumerate(headers) if header.name == "received"][:_MOST_HOPS]
    hops = tuple(read_received(headers[at].text, at) for at in found)
    border = next((hop for hop in hops if not is_internal(hop)), hops[-1] if hops else None)
    claims = [(at, read_results(header.text)) for at, header in enumerate(headers) if _is_results(header.name)]
    trusted = _trusted(message, border, claims)
    receiver = _receiver(border, trusted)
    claimed = [*(at for at, _ in trusted), *(at for at, header in enumerate(headers) if header.name == "received-spf")]
    return Trust(
        hops,
        border,
        receiver,
        _first_of_each(results for _, results in trusted),
        _own_header(message, border, "received-spf") or "",
        _envelope(_own_header(message, border, "return-path")),
        tuple(_ignored(claim, receiver, border) for claim in claims if claim not in trusted),
        border is None or always_judges(border.by) or min(claimed, default=-1) < border.index,
    )


def is_internal(hop: Hop) -> bool:
    """True when the receiving system passed the message on to itself. What a stranger can pretend does not count."""
    if not hop.sender:
        return True
    if hop.address is None:
        return are_kin(hop.sender, hop.by) or "." not in hop.sender + hop.by
    if is_own_network(hop.address) or is_among_microsoft(hop.address, hop.sender, hop.by):
        return True
    is_customers = len(re.findall(r"\d+", hop.rdns)) > 2  # providers name their customers' addresses by number
    return are_kin(hop.rdns, hop.by) and hop.rdns == hop.sender.lower().rstrip(".") and not is_customers


Claim = tuple[int, Results]


def _is_results(name: str) -> bool:
    return name == "authentication-results"


def _trusted(message: Message, border: Hop | None, claims: Sequence[Claim]) -> list[Claim]:
    """The claims above the border that bear one operator's name, else those right below it that bear the border's."""
    if border is None:
        return []
    above = [claim for claim in claims if claim[0] < border.index]
    if above:
        return [claim for claim in above if claim[1].server == above[0][1].server or _kin(claim, above[0][1].server)]
    end = _end_of_zone(message, border)
    return _one_voice([claim for claim in claims if claim[0] < end and _kin(claim, border.by)], border.by)


def _one_voice(claims: Sequence[Claim], by: str) -> list[Claim]:
    """Where nothing but the order tells the receiver's headers from a sender's: the first one, and those that add what
    it does not say if it is a filter of one method (OpenDKIM, OpenDMARC)."""
    kept: list[Claim] = []
    for claim in claims:
        said = {result.method for _, results in kept for result in results.results}
        methods = {result.method for result in claim[1].results}
        is_alone = len(said) > 1 and len(kept) == 1
        if not kept or not (is_alone or said & methods or are_kin(by, "google.com")):
            kept.append(claim)
    return kept


def _kin(claim: Claim, server: str) -> bool:
    return are_kin(claim[1].server, server) or (bool(server) and claim[1].server == server)


def _end_of_zone(message: Message, border: Hop) -> int:
    """Below the border's header, the receiver's own headers end where a header stands that is none of theirs."""
    at = border.index + 1
    while at < len(message.headers) and _may_be_receivers(message.headers[at].name):
        at += 1
    return at


def _may_be_receivers(name: str) -> bool:
    return name in _BESIDE or name.startswith("x-") or name == "return-path"


def _receiver(border: Hop | None, trusted: Sequence[Claim]) -> str:
    named = next((results.server for _, results in trusted if results.server), "")
    if named or border is None:
        return named
    return border.by.lower()


def _first_of_each(trusted: Iterable[Results]) -> tuple[Result, ...]:
    """Each method as the topmost header that has it says it."""
    kept: list[Result] = []
    for results in trusted:
        known = {result.method for result in kept}
        kept += [result for result in results.results if result.method not in known]
    return tuple(kept)


def _own_header(message: Message, border: Hop | None, name: str) -> str | None:
    """The topmost header of this name among those that the receiver wrote."""
    end = _end_of_zone(message, border) if border else 0
    return next((header.text for header in message.headers[:end] if header.name == name), None)


def _envelope(text: str | None) -> str | None:
    return None if text is None else words(text).strip("<> ")


def _ignored(claim: Claim, receiver: str, border: Hop | None) -> Ignored:
    server = claim[1].server
    said = tuple(f"{result.method}={result.verdict}" for result in claim[1].results)
    if border is None:
        why = "no Received header shows who wrote it"
        return Ignored(server, said, False, why)
    if are_kin(server, receiver) or server == receiver or are_kin(server, border.by):
        return Ignored(
            server, said, True, f"it stands below what {receiver or 'the receiver'} wrote: a sender can forge it"
        )
    return Ignored(server, said, False, "an earlier server wrote it, or the sender did")


def _weight(result: Result) -> int:
    return _WORST_FIRST.index(result.verdict) if result.verdict in _WORST_FIRST else 0
