"""What the blocklists' words about an address or a domain come to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailwizard.dns.blocklist import Listing, ListingState, kind_of
from mailwizard.finding import Finding, Status

_REMOVAL = {
    "zen.spamhaus.org": "https://check.spamhaus.org/",
    "dbl.spamhaus.org": "https://check.spamhaus.org/",
    "bl.spamcop.net": "https://www.spamcop.net/bl.shtml",
    "b.barracudacentral.org": "https://www.barracudacentral.org/rbl/removal-request",
}
_WORDS = {
    ListingState.NOT_LISTED: "not listed",
    ListingState.UNKNOWN: "cannot be told",
    ListingState.NOT_OFFERED: "has no entries of this kind",
}


def judge_listings(subject: str, listings: Sequence[Listing]) -> Finding:
    """A warning when a list has it, unknown when one of them could not be asked; skipped when none is to be asked.

    A listing is no failure of the set-up: it goes away, or the list is one that few receivers ask.
    """
    finding = Finding(
        f"blocklist.{kind_of(subject)}",
        Status.OK,
        "Blocklists",
        subject=subject,
        expected="not listed",
        found=tuple(f"{one.zone}: {_said(one)}" for one in listings),
        source=", ".join(one.zone for one in listings),
    )
    listed = [one for one in listings if one.state is ListingState.LISTED]
    if listed:
        return replace(finding, status=Status.WARNING, cause="listed", fix=_removal(listed[0]))
    if any(one.state is ListingState.UNKNOWN for one in listings):
        return replace(finding, status=Status.UNKNOWN, cause="no_answer")
    if not any(one.state is ListingState.NOT_LISTED for one in listings):
        return replace(finding, status=Status.SKIPPED, found=finding.found or ("not chosen",))
    return finding


def _said(one: Listing) -> str:
    if one.state is ListingState.LISTED:
        return f"listed ({', '.join(one.codes)}) {one.text}".strip()
    return _WORDS[one.state] + (f" ({one.why})" if one.why else "")


def _removal(one: Listing) -> str:
    page = _REMOVAL.get(one.zone, "its website")
    return (
        f"Read at {page} why {one.subject} is listed, mend the reason, then ask for its removal there. A new server "
        "may have it from the one before: your hosting provider can give you another address."
    )
