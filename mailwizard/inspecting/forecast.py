"""Before anything is sent: what receivers would say of it, worked out as they do from what is published now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailwizard.answers import Domain
from mailwizard.dns.answer import Lookup
from mailwizard.dns.dmarc_walk import applied_policy, walk
from mailwizard.dns.spf_check import Verdict
from mailwizard.dns.spf_eval import SpfResult, evaluate
from mailwizard.errors import MailwizardError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.inspecting.verify import Checked, Proof, check_signature
from mailwizard.mta.dkim_files import dkim_keys, selector_for
from mailwizard.text import listed

_NO_KEY = "there is no key yet to sign with"
_SOURCE = "the authoritative name servers"
_PROVED = {Proof.GOOD: Status.OK, Proof.BAD: Status.FAILED, Proof.UNKNOWN: Status.UNKNOWN}


@dataclass(frozen=True)
class Tried:
    """SPF for one sending address and one sender."""

    address: str
    sender: str
    result: SpfResult

    @property
    def status(self) -> Status:
        """OK for a pass; UNKNOWN when the DNS gave no answer."""
        unsure = Status.UNKNOWN if self.result.verdict is Verdict.TEMPERROR else Status.FAILED
        return Status.OK if self.result.verdict is Verdict.PASS else unsure


async def forecast(lookup: Lookup, host: Host, domain: Domain, addresses: Sequence[str], helo: str) -> list[Finding]:
    """The findings `forecast.spf`, `forecast.dkim` and `forecast.dmarc` of a domain. Only looks; sends nothing.

    `lookup` asks the authoritative servers, so that no resolver remembers a record that is yet to come. What is not
    there yet (key, address) or may not be read is UNKNOWN here: other findings say what to do about it.
    """
    senders = domain.addresses or (f"postmaster@{domain.name}",)
    spf, dkim = await asyncio.gather(_spf(lookup, addresses, senders, helo), _dkim(lookup, host, domain, senders[0]))
    first = [spf_forecast(domain.name, spf), dkim_forecast(domain.name, dkim)]
    policy = await applied_policy(domain.name, lookup)
    is_known = policy is not None or not (await walk(domain.name, lookup)).unknown
    wish = policy.policy if policy else ""
    return [*first, dmarc_forecast(domain.name, [finding.status for finding in first], wish, is_known)]


async def _spf(lookup: Lookup, addresses: Sequence[str], senders: Sequence[str], helo: str) -> list[Tried]:
    pairs = [(address, sender) for address in addresses for sender in senders]
    results = await asyncio.gather(*(evaluate(lookup, ip=ip, mail_from=sender, helo=helo) for ip, sender in pairs))
    return [Tried(*pair, result) for pair, result in zip(pairs, results, strict=True)]


async def _dkim(lookup: Lookup, host: Host, domain: Domain, sender: str) -> Checked | str:
    """A message signed with the key on disk and checked with the key in the DNS; or why that cannot be done."""
    from mailwizard.inspecting.sign import signed_message
    from mailwizard.inspecting.signature import signatures

    try:
        keys = await dkim_keys(host, domain.name)
        selector = selector_for(domain, keys)
        path = keys.path_of(selector)
        if not path:
            return _NO_KEY
        message = signed_message(sender, selector, await host.read(path))
    except MailwizardError as error:
        return str(error).rstrip(".")
    return await check_signature(message, signatures(message)[0], lookup)


def spf_forecast(domain: str, tried: Sequence[Tried]) -> Finding:
    """The finding `forecast.spf`: each sending address, with the real sender and HELO."""
    if not tried:
        words: tuple[str, ...] = ("the address that this server sends from is not known yet",)
        return Finding("forecast.spf", Status.UNKNOWN, "Forecast: SPF", domain, "pass", words)
    status = max((one.status for one in tried), key=lambda status: status.weight)
    words = tuple(dict.fromkeys(f"{one.address}: {one.result.verdict.value}. {one.result.reason}" for one in tried))
    fix = f"Put the SPF record of {domain} right, as the step DNS records shows it." if status is Status.FAILED else ""
    return Finding("forecast.spf", status, "Forecast: SPF", domain, "pass for each address", words, _SOURCE, fix=fix)


def dkim_forecast(domain: str, checked: Checked | str) -> Finding:
    """The finding `forecast.dkim`: signed with the key on disk, checked with the key in the DNS."""
    if isinstance(checked, str):
        fix = "Apply the step Mail server first: it makes the key." if checked == _NO_KEY else ""
        return Finding("forecast.dkim", Status.UNKNOWN, "Forecast: DKIM", domain, "pass", (checked,), fix=fix)
    name, status = checked.signature.key_name, _PROVED[checked.proof]
    word = {Status.OK: "pass", Status.FAILED: "fail"}.get(status, "cannot tell")
    words = f"{word}: {checked.reason or f'a message signed with the key here holds with the one at {name}'}"
    fix = f"Publish the record at {name}, as the step DNS records shows it." if status is Status.FAILED else ""
    return Finding("forecast.dkim", status, "Forecast: DKIM", domain, "pass", (words,), _SOURCE, fix=fix)


def dmarc_forecast(domain: str, statuses: Sequence[Status], policy: str, is_known: bool) -> Finding:
    """The finding `forecast.dmarc`, from what SPF and DKIM (in this order) come to: the sender's domain, the signing
    domain and the domain in From are one, so whatever passes is aligned. `policy` is empty without a record."""
    finding = Finding("forecast.dmarc", Status.OK, "Forecast: DMARC", domain, "pass", source=_SOURCE)
    passing = [method for method, status in zip(("SPF", "DKIM"), statuses, strict=True) if status is Status.OK]
    if policy and passing:
        return _with(finding, Status.OK, f"pass: aligned by {listed(passing)}; mail that fails: {policy}")
    if not policy and not is_known:
        return _with(finding, Status.UNKNOWN, "cannot tell: nobody answered for the DMARC record")
    if policy and Status.UNKNOWN in statuses:
        return _with(finding, Status.UNKNOWN, "cannot tell: it hangs on SPF and DKIM")
    if policy:
        return _with(
            finding, Status.FAILED, "fail: neither SPF nor DKIM passes", "Put SPF and DKIM right, as said there."
        )
    fix = f"Publish the record at _dmarc.{domain}, as the step DNS records shows it."
    return _with(finding, Status.FAILED, "none: there is no DMARC record", fix)


def _with(finding: Finding, status: Status, words: str, fix: str = "") -> Finding:
    return replace(finding, status=status, found=(words,), fix=fix)
