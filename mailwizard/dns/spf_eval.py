"""Does a domain's SPF record let an address send? RFC 7208, evaluated as a receiver does it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from mailwizard.dns.answer import Lookup
from mailwizard.dns.spf_check import Check, Found, Stop, Verdict
from mailwizard.dns.spf_macro import Address, expand, fault_of_explanation, is_askable

_DOES = {Verdict.PASS: "allows", Verdict.FAIL: "forbids", Verdict.SOFTFAIL: "discourages"}


@dataclass(frozen=True)
class SpfResult:
    """The verdict on one address; `reason` is a sentence, `explanation` the domain's own words on a fail."""

    verdict: Verdict
    domain: str
    mechanism: str = ""  # the term of the domain's record that decided; "" when none did
    explanation: str = ""
    lookups: int = 0  # of 10
    void_lookups: int = 0  # of 2
    reason: str = ""


async def evaluate(
    lookup: Lookup,
    *,
    ip: str,
    mail_from: str,
    helo: str,
    domain: str | None = None,
    record: str | None = None,
    receiver: str = "unknown",
) -> SpfResult:
    """What a receiver makes of a mail from `ip` with this MAIL FROM ("" for bounces) and HELO (RFC 7208, section 4).

    `domain` is checked in place of the one in MAIL FROM; `record` is taken in place of the published one, so that a
    record can be tried before it is published. Raises ValueError when `ip` is no address.
    """
    sender = sender_of(mail_from, helo)
    domain = (domain or sender.rpartition("@")[2]).removesuffix(".")
    check = Check(lookup, client_address(ip), sender, helo, receiver)
    try:
        found = await check.host(domain, record)
    except Stop as stop:
        reason = f"{stop.reason[:1].upper()}{stop.reason[1:]}."
        return SpfResult(stop.verdict, domain, "", "", check.lookups, check.void, reason)
    spent = check.lookups, check.void
    explanation = await _explanation(check, found)
    return SpfResult(found.verdict, domain, found.term, explanation, *spent, _reason(found, check.address))


def sender_of(mail_from: str, helo: str) -> str:
    """The <sender> of a check: postmaster where the local part or all is missing (RFC 7208, sections 2.4, 4.3)."""
    local, at, domain = mail_from.rpartition("@")
    if at:
        return f"{local or 'postmaster'}@{domain}"
    return f"postmaster@{mail_from or helo}"


def client_address(ip: str) -> Address:
    """The address `ip`; an IPv4 address written as IPv6 is IPv4 (RFC 7208, section 5). Raises ValueError."""
    address = ipaddress.ip_address(ip)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _reason(found: Found, address: Address) -> str:
    if found.verdict is Verdict.NONE:
        return f"{found.domain} has no SPF record."
    if not found.term:
        return f"No term of the SPF record of {found.domain} names {address}."
    within = f" (by {found.within})" if found.within else ""
    does = _DOES.get(found.verdict, "says nothing about")
    return f'"{found.term}" in the SPF record of {found.domain}{within} {does} {address}.'


async def _explanation(check: Check, found: Found) -> str:
    """What `exp` says on a fail; any fault or missing answer leaves it out (RFC 7208, section 6.2)."""
    spec = found.record.modifier("exp") if found.record and found.verdict is Verdict.FAIL else ""
    if not spec:
        return ""
    try:
        name = await check.target(spec, found.domain)
        values = (await check.lookup(name, "TXT")).values if is_askable(name) else ()
        if len(values) != 1 or fault_of_explanation(values[0]):
            return ""
        return expand(values[0], await check.message(found.domain, values[0]))
    except Stop:
        return ""
