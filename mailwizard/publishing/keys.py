"""Each domain's DKIM key, as its record tells it to the world."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mailwizard.answers import Answers, Domain
from mailwizard.errors import FileMissing, FileUnreadable, MailwizardError
from mailwizard.host.protocol import Host
from mailwizard.mta.dkim_files import dkim_keys, selector_for
from mailwizard.publishing.wanted import Key


@dataclass(frozen=True)
class Keys:
    """The keys by domain, and why the others are not among them."""

    known: dict[str, Key]
    reasons: dict[str, str]


async def published_keys(host: Host, answers: Answers) -> Keys:
    """Selector and record of each domain's key; a key that is not made yet, or may not be read, has its reason."""
    found = await asyncio.gather(*(published_key(host, domain) for domain in answers.domains))
    known: dict[str, Key] = {}
    reasons: dict[str, str] = {}
    for domain, key in zip(answers.domains, found, strict=True):
        if isinstance(key, Key):
            known[domain.name] = key
        else:
            reasons[domain.name] = key
    return Keys(known, reasons)


async def published_key(host: Host, domain: Domain) -> Key | str:
    """The domain's key, or why there is none."""
    try:
        keys = await dkim_keys(host, domain.name)
        selector = selector_for(domain, keys)
        path = keys.path_of(selector)
        return Key(selector, _record(await host.read(path))) if path else "the key is not made yet"
    except FileMissing:
        return "the key is not made yet"
    except FileUnreadable as error:
        return str(error)
    except MailwizardError as error:
        return str(error)


def _record(pem: bytes) -> str:
    from mailwizard.dns.dkim_key import public_spki
    from mailwizard.dns.dkim_record import compose

    return compose(public_spki(pem))
