"""Until when a resolver can hold an old answer (RFC 2308, RFC 8767 left aside)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from mailwizard.dns.answer import Answer, Outcome

DAY = 86400
POSITIVE_CAP = 7 * DAY  # BIND's max-cache-ttl, the longest that is common; Unbound keeps a day
NEGATIVE_CAP = 3 * 3600  # BIND's max-ncache-ttl; Unbound keeps an hour
# what public resolvers document to keep at most, seconds
CAPS = {
    **dict.fromkeys(("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"), 6 * 3600),
    **dict.fromkeys(("9.9.9.9", "149.112.112.112", "2620:fe::fe", "2620:fe::9"), 12 * 3600),
    **dict.fromkeys(("208.67.222.222", "208.67.220.220"), 3600),
}


def latest_moment(answer: Answer, now: datetime, stand: Collection[tuple[str, str]] = ()) -> datetime | None:
    """The latest moment at which the resolver that gave `answer` at `now` forgets it and asks afresh.

    Of a negative answer the lifetime is what is left of its SOA's TTL, of a value what is left of its TTL, of an alias
    that is none of `stand` (name and target of those that stand now) the alias's. None when the answer does not tell
    (no answer, or no SOA in it). `now` is aware, UTC.
    """
    seconds = _seconds(answer, stand)
    return None if seconds is None else now + timedelta(seconds=seconds)


def _seconds(answer: Answer, stand: Collection[tuple[str, str]]) -> int | None:
    cap = CAPS.get(answer.server.split(" ", 1)[0], POSITIVE_CAP)
    if answer.outcome is Outcome.UNKNOWN:
        return None
    gone = next((alias.ttl for alias in answer.aliases if (alias.name, alias.value) not in stand), None)
    if gone is not None:  # what is at its target, and how long it lives, does not count any more
        return min(cap, gone)
    if answer.records:
        return min(cap, *(record.ttl for record in answer.records))
    return None if answer.negative_ttl is None else min(cap, NEGATIVE_CAP, answer.negative_ttl)
