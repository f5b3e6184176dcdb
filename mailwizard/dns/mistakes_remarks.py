"""What is unwise in a record that is otherwise as wanted."""

from __future__ import annotations

from mailwizard.dns import dkim_record, dmarc_record
from mailwizard.dns.dkim import judge_against
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


def _of(wanted: Wanted, text: str) -> tuple[str, ...]:
    if wanted.purpose == "dkim":
        ours = dkim_record.parse(wanted.value)
        return judge_against(text, ours.key or b"", ours.key_type).warnings
    if wanted.purpose == "dmarc":
        record = dmarc_record.parse(text)
        return record.warnings if record else ()
    spf = read_spf(text) if wanted.purpose in SPF_PURPOSES else None
    return tuple(flaw.sentence for flaw in lint(spf)) if spf else ()
