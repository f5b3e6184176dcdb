"""Noticing that somebody else answers on port 53 (hotels, some clouds and home routers)."""

from __future__ import annotations

from collections.abc import Iterable

from mailwizard.dns.answer import Answer

WHY = "somebody on this network answers in the place of the name servers (port 53 is intercepted)"


def is_intercepted(answers: Iterable[Answer]) -> bool:
    """True when answers that were asked of authoritative servers without recursion all come from resolvers.

    One server without authority that offers recursion may be a lame one; two or more, and none that has authority,
    are one resolver in the place of them all. Servers that stayed silent prove nothing.
    """
    spoke = [answer for answer in answers if answer.recursive or answer.authoritative]
    return len({answer.server for answer in spoke}) > 1 and not any(answer.authoritative for answer in spoke)
