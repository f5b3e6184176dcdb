"""MTA-STS as a sender sees it: the record, the fetched policy, and both held against the MX records (RFC 8461)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.mta_sts import StsPolicy, StsRecord, judge_txt, matches, owner, parse_policy, policy_url
from mailwizard.text import printable

LARGEST_POLICY = 64 * 1024  # bytes that senders read at most (RFC 8461, section 3.3)

Fetch = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Gets a page: HTTP status and body. Follows no redirect (RFC 8461, 3.3). OSError when there was no HTTP answer."""


class StsState(str, Enum):
    """What MTA-STS of a domain comes to; senders without a usable policy deliver as if there were none."""

    ABSENT = "absent"  # no record: the domain does not use it
    GOOD = "good"
    BROKEN = "broken"  # record or policy are not usable
    MISMATCH = "mismatch"  # the policy leaves out a mail server, or names one that has no MX record
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StsChecked:
    """The record, the policy, and sentences on what is wrong; `uncovered` hosts get no mail in mode enforce."""

    domain: str
    state: StsState
    record: StsRecord | None = None
    policy: StsPolicy | None = None
    uncovered: tuple[str, ...] = ()  # hosts of MX records that no pattern matches
    unused: tuple[str, ...] = ()  # patterns that match no MX host
    faults: tuple[str, ...] = ()
    source: str = ""  # the server that was asked for the record


async def check(lookup: Lookup, fetch: Fetch, domain: str, mx_hosts: Sequence[str]) -> StsChecked:
    """MTA-STS of `domain` with the hosts of its MX records."""
    answer = await lookup(owner(domain), "TXT")
    return replace(await _judged(answer, fetch, domain, mx_hosts), source=answer.server)


async def _judged(answer: Answer, fetch: Fetch, domain: str, mx_hosts: Sequence[str]) -> StsChecked:
    if answer.outcome is Outcome.UNKNOWN:
        return StsChecked(domain, StsState.UNKNOWN, faults=(f"No usable answer for {answer.name} ({answer.why}).",))
    record = judge_txt(answer.values)
    if record is None:
        return StsChecked(domain, StsState.ABSENT)
    if record.faults:
        return StsChecked(domain, StsState.BROKEN, record, faults=record.faults)
    return await _with_policy(fetch, domain, record, mx_hosts)


async def _with_policy(fetch: Fetch, domain: str, record: StsRecord, mx_hosts: Sequence[str]) -> StsChecked:
    url = policy_url(domain)
    try:
        status, body = await fetch(url)
    except OSError as error:
        return StsChecked(domain, StsState.UNKNOWN, record, faults=(f"{url} could not be fetched ({error}).",))
    fault = _page_fault(url, status, body)
    if fault:
        return StsChecked(domain, StsState.BROKEN, record, faults=(fault,))
    policy = parse_policy(body.decode("utf-8", "replace"))
    if policy.faults:
        return StsChecked(domain, StsState.BROKEN, record, policy, faults=tuple(map(printable, policy.faults)))
    return _compared(domain, record, policy, mx_hosts)


def _page_fault(url: str, status: int, body: bytes) -> str:
    if status != 200:
        return f"{url} answers {status}; senders take nothing but 200 and follow no redirect."
    if len(body) > LARGEST_POLICY:
        return f"{url} is larger than {LARGEST_POLICY // 1024} KB."
    return ""


def _compared(domain: str, record: StsRecord, policy: StsPolicy, mx_hosts: Sequence[str]) -> StsChecked:
    if policy.mode == "none":
        return StsChecked(domain, StsState.GOOD, record, policy)
    uncovered = tuple(host for host in mx_hosts if not policy.covers(host))
    unused = tuple(pattern for pattern in policy.mx if not any(matches(pattern, host) for host in mx_hosts))
    refused = "refuse" if policy.mode == "enforce" else "report"
    faults = (
        *(f"The policy does not name {host}: senders {refused} it. Add “mx: {host}”." for host in uncovered),
        *(f"The policy names {pattern}, which no MX record does. Take it out." for pattern in unused),
    )
    state = StsState.MISMATCH if faults else StsState.GOOD
    return StsChecked(domain, state, record, policy, uncovered, unused, faults)
