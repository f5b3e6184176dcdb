"""The name of a new DKIM key: one under which no record exists, and of which no resolver remembers one.

A receiver that still has another key cached under the name says dkim=fail until that record's TTL is over, and two
servers of one domain that take the same name overwrite each other's record.
"""

from __future__ import annotations

from datetime import date
from string import ascii_lowercase

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.dns import Dns
from mailwizard.host.protocol import Host, text_of
from mailwizard.mta.dkim_files import selectors_here

_BOOT_ID = "/proc/sys/kernel/random/boot_id"  # random(4): 128 random bits, the same until the next boot


async def new_selector(dns: Dns, host: Host, domain: str, today: date) -> str:
    """`mw` with year and month (`mw2611`), else the next one with a letter that is free (`mw2611b`).

    When no such name is known to be free (a name server is silent, or a wildcard answers for every name), part of the
    boot id follows in place of the letter: nobody else has that name, and until the next boot it stays the same. Only
    reads. Raises FileUnreadable when this user may not see the keys.
    """
    month = f"mw{today:%y%m}"
    here = await selectors_here(host, domain)
    for name in (month, *(f"{month}{letter}" for letter in ascii_lowercase[1:])):
        outcome = Outcome.FOUND if name in here else await _outcome(dns, f"{name}._domainkey.{domain}")
        if outcome is Outcome.UNKNOWN:
            break
        if outcome is Outcome.NO_NAME:
            return name
    return f"{month}-{(await text_of(host, _BOOT_ID))[:8]}"


async def _outcome(dns: Dns, name: str) -> Outcome:
    """FOUND when a server has a record or a resolver remembers one; NO_NAME when every server says that there is none.

    The resolvers are asked only when the servers have none, and only for what they remember. A question that they had
    to pass on would plant the very answer that the record's publication then has to wait for (RFC 2308, section 5).
    One that does not tell is left out: many refuse such a question.
    """
    said = await dns.authoritative(name, "TXT")
    if any(map(_exists, said)):
        return Outcome.FOUND
    if not all(answer.is_missing for answer in said):
        return Outcome.UNKNOWN
    return Outcome.FOUND if any(map(_exists, await dns.remembered(name, "TXT"))) else Outcome.NO_NAME


def _exists(answer: Answer) -> bool:
    return bool(answer.records or answer.aliases)
