"""The best answer there is to a question whose answer may have changed just now."""

from __future__ import annotations

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.dns import Dns


async def best_answer(dns: Dns, name: str, type: str) -> Answer:
    """The authoritative answer; a resolver's where no authoritative server can be reached.

    A resolver that is asked too early would remember, for itself and for others, that there is no such record
    (RFC 2308, 5): it is asked only when nobody else answers.
    """
    answer = await dns.authoritative_lookup(name, type)
    return answer if answer.outcome is not Outcome.UNKNOWN else await dns.resolve(name, type)
