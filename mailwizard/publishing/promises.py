"""Which addresses the published records promise that reports arrive at: DMARC's rua and ruf, TLS-RPT's rua."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from mailwizard import values
from mailwizard.dns import dmarc_record, tls_rpt
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.dns import Dns

_MOST = 20  # addresses of one tag; each costs a line or a question


@dataclass(frozen=True)
class Promises:
    """Addresses, each with who promises it ("rua of _dmarc.example.com"); `unknown`: records nobody answered for."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


async def promises(dns: Dns, domain: str) -> Promises:
    """What the domain's records promise now; the answers may want more. Only asks."""
    dmarc, tls = await asyncio.gather(
        best_answer(dns, f"_dmarc.{domain}", "TXT"), dns.authoritative_lookup(tls_rpt.owner(domain), "TXT")
    )
    return promised(dmarc, tls)


def promised(dmarc: Answer, tls: Answer) -> Promises:
    """The addresses in both answers. What is no mail address there is told by dns.dmarc and dns.tls_rpt."""
    record = next(filter(None, map(dmarc_record.parse, dmarc.values)), None)
    report = tls_rpt.judge(tls.values)
    found: dict[str, str] = {}
    for name, where, uris in (
        ("rua", dmarc.name, record.rua if record else ()),
        ("ruf", dmarc.name, record.ruf if record else ()),
        ("rua", tls.name, report.rua if report else ()),
    ):
        for address in _addresses(uris)[:_MOST]:
            found.setdefault(address, f"{name} of {where}")
    silent = (f"TXT of {answer.name}: {answer.why}" for answer in (dmarc, tls) if answer.outcome is Outcome.UNKNOWN)
    return Promises(found, tuple(silent))


def _addresses(uris: Sequence[str]) -> list[str]:
    return [address for uri in uris if (address := address_of(uri))]


def address_of(uri: str) -> str:
    """The mail address of a `mailto:` URI (RFC 6068); empty for another URI, and for what is no everyday address."""
    scheme, _, rest = uri.partition(":")
    try:
        return values.email(unquote(rest.partition("?")[0])) if scheme.lower() == "mailto" else ""
    except ValueError:
        return ""
