"""Until when a resolver can hold an old answer (RFC 2308, RFC 8767 left aside)."""

from __future__ import annotations

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


def latest_moment(answer: Answer, now: datetime) -> datetime | None:
    """The latest moment at which the resolver that gave `answer` at `now` forgets it and asks afresh.

    Of a negative answer the lifetime is what is left of its SOA's TTL, of a value what is left of the least TTL of the
    records and aliases. None when the answer does not tell (no answer, or no SOA in it). `now` is aware, UTC.
    """
    seconds = _seconds(answer)
    return None if seconds is None else now + timedelta(seconds=seconds)


def _seconds(answer: Answer) -> int | None:
    cap = CAPS.get(answer.server.split(" ", 1)[0], POSITIVE_CAP)
    aliases = [record.ttl for record in answer.aliases]
    if answer.outcome is Outcome.UNKNOWN:
        return None
    if answer.outcome is Outcome.FOUND:
        return min(cap, *(record.ttl for record in answer.records), *aliases)
    if answer.negative_ttl is None:
        return None
    return min(cap, NEGATIVE_CAP, answer.negative_ttl, *aliases)
