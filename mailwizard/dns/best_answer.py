"""The best answer there is to a question whose answer may have changed just now."""

from __future__ import annotations

from mailwizard.dns.answer import Answer
from mailwizard.dns.ask import usable
from mailwizard.dns.dns import Dns


async def best_answer(dns: Dns, name: str, type: str) -> Answer:
    """An authoritative answer, all servers asked; a resolver's where none of them can be reached.

    For what is asked of all servers anyway: then it costs nothing. A resolver that is asked too early would remember,
    for itself and for others, that there is no such record (RFC 2308, 5): it is asked only when nobody else answers.
    """
    answers = await dns.authoritative(name, type)
    found = next((answer for answer in answers if usable(answer)), None)
    return found or await dns.resolve(name, type)
