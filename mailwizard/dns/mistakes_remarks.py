"""What is unwise in a record that is otherwise as wanted."""

from __future__ import annotations

import asyncio

from mailwizard.dns import dkim_record, dmarc_record
from mailwizard.dns.answer import Lookup
from mailwizard.dns.dkim import judge_against
from mailwizard.dns.dmarc_reports import AUTHORISATION, Consent, report_consent, report_domain
from mailwizard.dns.mistakes_text import SPF_PURPOSES, counting, read_spf
from mailwizard.dns.spf_lint import lint
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import one_line


def remarks(wanted: Wanted, values: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences about the record found among `values`; empty when there is nothing to say, or no such record.

    DKIM: test mode, small keys (RFC 6376, RFC 8301). SPF: `ptr`, `?all`, size (RFC 7208). DMARC: what RFC 9989 removed.
    """
    texts = counting(wanted, values) if wanted.type == "TXT" else []
    return tuple(one_line(said) for said in _of(wanted, texts[0])) if len(texts) == 1 else ()


async def refused_reports(wanted: Wanted, domain: str, values: tuple[str, ...], lookup: Lookup) -> tuple[str, ...]:
    """A sentence for each report address of a DMARC record of `domain` whose owner did not agree (RFC 9990, 4)."""
    texts = counting(wanted, values) if wanted.purpose == "dmarc" else []
    record = dmarc_record.parse(texts[0]) if len(texts) == 1 else None
    uris = {report_domain(uri): uri for uri in (*record.rua, *record.ruf)} if record else {}
    asked = [uri for destination, uri in uris.items() if destination not in ("", domain)]
    found = await asyncio.gather(*(report_consent(domain, uri, lookup) for uri in asked))
    return tuple(
        one_line(
            f"Nobody sends reports to {one.destination}, as it does not agree to get them. Use an address at {domain},"
            f" or let the owner of {one.destination} publish the TXT record {one.record} with the value {AUTHORISATION}"
        )
        for one in found
        if one and one.consent is Consent.MISSING
    )


def _unwise(record: dmarc_record.DmarcRecord) -> tuple[str, ...]:
    test = "t=y says that you only test: receivers apply the next weaker policy. Take it out when all goes well."
    suffix = "psd=y says that others register names under yours, as under co.uk. Take it out."
    return (*((test,) if record.is_test else ()), *((suffix,) if record.psd == "y" else ()))


def _of(wanted: Wanted, text: str) -> tuple[str, ...]:
    if wanted.purpose == "dkim":
        ours = dkim_record.parse(wanted.value)
        return judge_against(text, ours.key or b"", ours.key_type).warnings
    if wanted.purpose == "dmarc":
        record = dmarc_record.parse(text)
        return (*record.warnings, *_unwise(record)) if record else ()
    spf = read_spf(text) if wanted.purpose in SPF_PURPOSES else None
    return tuple(flaw.sentence for flaw in lint(spf)) if spf else ()
