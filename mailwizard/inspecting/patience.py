"""Questions to the DNS with one limit for all of them: what a stranger's message names may never answer."""

from __future__ import annotations

import asyncio

from mailwizard.dns.answer import Answer, Lookup, Outcome


def patient(lookup: Lookup, seconds: float) -> Lookup:
    """`lookup` that answers UNKNOWN once `seconds` have passed since its first question."""
    deadline: list[float] = []

    async def limited(name: str, type: str) -> Answer:
        now = asyncio.get_running_loop().time()
        deadline[:] = deadline or [now + seconds]
        try:
            return await asyncio.wait_for(lookup(name, type), max(0.0, deadline[0] - now))
        except asyncio.TimeoutError:
            return Answer(name, type, Outcome.UNKNOWN, why=f"no answer within {seconds:.0f} seconds")

    return limited
