"""TLS reports: where senders tell of failed encryption (RFC 8460, section 3). Optional records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ADDRESS = re.compile(r"mailto:[^@\s,!;]+@[^@\s,!;]+\.[^@\s,!;]+\Z", re.IGNORECASE)
_PAGE = re.compile(r"https://[^\s,!;/]+(/[^\s,!;]*)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class TlsRpt:
    """The addresses that reports go to, and what is wrong with the record (sentences)."""

    rua: tuple[str, ...]
    faults: tuple[str, ...] = ()


def owner(domain: str) -> str:
    """The name at which the TXT record of `domain` stands."""
    return f"_smtp._tls.{domain}"


def is_tls_rpt(text: str) -> bool:
    """True for a TXT value that is meant: `v=TLSRPTv1` and a semicolon. Others are ignored (RFC 8460, section 3)."""
    return re.match(r"v=TLSRPTv1[ \t]*(;|\Z)", text) is not None


def parse(text: str) -> TlsRpt:
    """The record read; unknown fields are ignored. Never raises: what is wrong is told in `faults`."""
    if not is_tls_rpt(text):
        return TlsRpt((), ("It does not begin with v=TLSRPTv1;",))
    fields = [field.partition("=") for field in text.split(";")[1:] if field.strip()]
    lists = [value for name, _, value in fields if name.strip() == "rua"]
    rua = tuple(uri.strip() for uri in lists[0].split(",")) if lists else ()
    faults = [f"“{uri}” is no mailto: address and no https: page." for uri in rua if not _is_good(uri)]
    if not lists:
        faults.append("The field rua is missing, so no reports are sent.")
    if len(lists) > 1:
        faults.append("The field rua stands more than once.")
    return TlsRpt(rua, tuple(faults))


def judge(texts: Sequence[str]) -> TlsRpt | None:
    """The one record among the TXT values at `owner(domain)`; None without one. Two count as none: a fault says so."""
    records = [text for text in texts if is_tls_rpt(text)]
    if len(records) > 1:
        return TlsRpt((), (f"There are {len(records)} records, and senders then use none. Delete all but one.",))
    return parse(records[0]) if records else None


def record(address: str) -> str:
    """The TXT value that sends reports to the mail address `address`."""
    return f"v=TLSRPTv1; rua=mailto:{address}"


def _is_good(uri: str) -> bool:
    return bool(_ADDRESS.match(uri) or _PAGE.match(uri))
