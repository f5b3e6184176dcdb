"""Alignment and DMARC of a received message (RFC 9989 sections 4.4 and 5.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.dns.answer import Lookup
from mailwizard.dns.dmarc_reports import aligned_relaxed, aligned_strictly
from mailwizard.dns.dmarc_walk import AppliedPolicy, applied_policy, walk
from mailwizard.finding import Finding, Status
from mailwizard.inspecting.dkim_verdict import Dkim
from mailwizard.inspecting.results import Result
from mailwizard.inspecting.spf_verdict import Spf
from mailwizard.inspecting.trust import Trust
from mailwizard.text import listed

_MOST = 12  # domains compared
_STATUS = {"pass": Status.OK, "temperror": Status.UNKNOWN}
_FAILING = ("fail", "none", "permerror", "bestguesspass", "softfail", "neutral")
_POLICY = re.compile(r"\bp=([a-z]+)", re.IGNORECASE)
_WISHES = {
    "none": "does not want anything but reports",
    "quarantine": "wants it put into the spam folder",
    "reject": "wants it refused",
}


@dataclass(frozen=True)
class Identifier:
    """A domain that SPF or DKIM vouches for, and whether it belongs to the author's (None: cannot be told)."""

    method: str
    domain: str
    is_aligned: bool | None


@dataclass(frozen=True)
class Dmarc:
    """All that DMARC is made of."""

    authors: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    said: Result | None = None
    policy: AppliedPolicy | None = None
    is_policy_known: bool = True
    source: str = ""

    @property
    def is_aligned(self) -> bool | None:
        """True when a domain that passed is the author's; the receiver's word counts where the DNS gives none."""
        known = [one.is_aligned for one in self.identifiers]
        if True in known or (self.said and self.said.verdict == "pass"):
            return True
        return None if None in known else False


async def dmarc_of(authors: Sequence[str], trust: Trust, spf: Spf, dkim: Dkim, lookup: Lookup) -> Dmarc:
    """What passed, whether it is aligned, and the policy that is published now."""
    author = authors[0] if authors else ""
    policy = await applied_policy(author, lookup) if author else None
    is_known = policy is not None or not author or not (await walk(author, lookup)).unknown
    passing = [("SPF", spf.domain)] if spf.passes and spf.domain else []
    passing += [("DKIM", domain) for domain in dkim.passing if domain]
    compared = [
        Identifier(method, domain, await _aligned(author, domain, _is_strict(method, policy), lookup))
        for method, domain in passing[:_MOST]
        if author
    ]
    said = trust.worst("dmarc")
    if said and said.verdict == "pass" and not trust.is_certain:
        said = None  # the sender could have written it himself: it is worked out
    return Dmarc(tuple(authors), tuple(compared), said, policy, is_known, trust.source)


def alignment_finding(dmarc: Dmarc, is_unsure: bool) -> Finding:
    """The finding `inspect.alignment`; `is_unsure` when SPF or DKIM could not be told."""
    author = listed(dmarc.authors) or "nobody"
    if not dmarc.authors:
        return _alignment(Status.UNKNOWN, author, "There is no address in From.")
    if not dmarc.identifiers:
        status = Status.UNKNOWN if is_unsure else Status.FAILED
        return _alignment(status, author, f"Neither SPF nor DKIM vouches for any domain, so for {author} neither.")
    words = tuple(_compared(one, dmarc.authors[0]) for one in dmarc.identifiers)
    status = {True: Status.OK, False: Status.FAILED, None: Status.UNKNOWN}[dmarc.is_aligned]
    if status is Status.FAILED and is_unsure:
        status = Status.UNKNOWN
    return _alignment(status, author, *words)


def dmarc_finding(dmarc: Dmarc, is_unsure: bool) -> Finding:
    """The finding `inspect.dmarc`."""
    author = listed(dmarc.authors) or "nobody"
    if dmarc.said:
        return _said(dmarc, dmarc.said, author)
    if len(dmarc.authors) != 1:
        status = Status.FAILED if dmarc.authors else Status.UNKNOWN
        return _dmarc(status, author, f"From names {author}: there must be exactly one domain.", dmarc)
    if not dmarc.is_policy_known:
        return _dmarc(Status.UNKNOWN, author, f"Nobody answered for the DMARC record of {author}.", dmarc)
    if dmarc.policy is None:
        return _dmarc(Status.FAILED, author, f"none: {author} has no DMARC record.", dmarc)
    if dmarc.is_aligned:
        return _dmarc(Status.OK, author, f"pass: worked out now: {_vouching(dmarc)}.", dmarc)
    if dmarc.is_aligned is None or is_unsure:
        return _dmarc(
            Status.UNKNOWN, author, "The receiver wrote down no result, and not all can be checked now.", dmarc
        )
    return _dmarc(Status.FAILED, author, f"fail: worked out now: nothing that passed belongs to {author}.", dmarc)


def _said(dmarc: Dmarc, said: Result, author: str) -> Finding:
    status = _STATUS.get(said.verdict, Status.FAILED if said.verdict in _FAILING else Status.UNKNOWN)
    sentence = {
        "pass": f"pass: {_vouching(dmarc)}.",
        "fail": f"fail: neither SPF nor DKIM passed for {author} itself.",
        "none": f"none: {author} had no DMARC record.",
        "bestguesspass": f"bestguesspass: {author} had no DMARC record; the receiver guesses that it would pass.",
    }.get(said.verdict, f"{said.verdict}: the DMARC record of {author} could not be used.")
    return _dmarc(status, author, sentence, dmarc)


def _vouching(dmarc: Dmarc) -> str:
    author = listed(dmarc.authors) or "the author's domain"
    methods = list(dict.fromkeys(one.method for one in dmarc.identifiers if one.is_aligned))
    return (
        f"{listed(methods)} vouch{'' if len(methods) > 1 else 'es'} for {author}"
        if methods
        else f"{author} is vouched for"
    )


def _compared(one: Identifier, author: str) -> str:
    if one.is_aligned is None:
        return f"{one.method} vouches for {one.domain}; whether that belongs to {author} only the DNS can tell."
    verb = "belongs" if one.is_aligned else "does not belong"
    return f"{one.method} vouches for {one.domain}, which {verb} to {author}."


def _alignment(status: Status, author: str, *words: str) -> Finding:
    fix = (
        f"Let your mail be signed with d={author}, and sent with a sender at {author}."
        if status is Status.FAILED
        else ""
    )
    expected = f"a domain that passed and is {author}'s"
    return Finding("inspect.alignment", status, "Alignment", author, expected, words, fix=fix)


def _dmarc(status: Status, author: str, sentence: str, dmarc: Dmarc) -> Finding:
    fix = ""
    if status is Status.FAILED:
        fix = "See Alignment, SPF and DKIM: one of them has to pass for the domain in From."
        if "no DMARC record" in sentence:
            fix = f"Publish a DMARC record for {author}: `mailwizard records` shows it."
    words = tuple(word for word in (sentence, _policy_words(dmarc)) if word)
    source = dmarc.source if dmarc.said else "the DNS, asked now"
    return Finding("inspect.dmarc", status, "DMARC", author, "pass", words, source, fix=fix)


def _policy_words(dmarc: Dmarc) -> str:
    found = _POLICY.search(dmarc.said.comment if dmarc.said else "")
    policy = found[1].lower() if found else dmarc.policy.policy if dmarc.policy else ""
    wish = _WISHES.get(policy)
    return f"If mail in its name fails, its owner {wish} (p={policy})." if wish else ""


def _is_strict(method: str, policy: AppliedPolicy | None) -> bool:
    return policy is not None and (policy.record.aspf if method == "SPF" else policy.record.adkim) == "s"


async def _aligned(author: str, domain: str, is_strict: bool, lookup: Lookup) -> bool | None:
    return aligned_strictly(author, domain) if is_strict else await aligned_relaxed(author, domain, lookup)
