"""SPF of a received message: as its receiver says, else evaluated now for the address it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailwizard.dns.answer import Lookup
from mailwizard.dns.spf_check import Verdict
from mailwizard.dns.spf_eval import evaluate
from mailwizard.dns.spf_macro import Address
from mailwizard.finding import Finding, Status
from mailwizard.inspecting.kinship import address_in
from mailwizard.inspecting.lexical import Kind, tokens
from mailwizard.inspecting.results import Result
from mailwizard.inspecting.trust import Trust

_WORD = re.compile(r"\s*([A-Za-z]+)")
_STATUS = {
    "pass": Status.OK,
    "fail": Status.FAILED,
    "softfail": Status.FAILED,
    "neutral": Status.FAILED,
    "none": Status.FAILED,
    "permerror": Status.FAILED,
    "policy": Status.FAILED,
}
_MEANING = {
    "pass": "{address} may send for {domain}",
    "fail": "the SPF record of {domain} forbids {address}",
    "softfail": "{address} is not among those that the SPF record of {domain} allows",
    "neutral": "the SPF record of {domain} says nothing about {address}",
    "none": "{domain} has no SPF record",
    "permerror": "the SPF record of {domain} cannot be used",
    "temperror": "the SPF record of {domain} could not be read at that moment",
    "policy": "the receiver has a rule of its own against {domain}",
}
_FIX = {
    "none": "Publish an SPF record for {domain}: `mailwizard records` shows it.",
    "permerror": "Put the SPF record of {domain} in order: `mailwizard health` says what is wrong with it.",
}
_FORBIDDEN = (
    "If {address} is your server, add it to the SPF record of {domain}: `mailwizard records` shows the record. "
    "If somebody forwarded the message, nothing is wrong: DKIM has to pass then."
)


@dataclass(frozen=True)
class Spf:
    """The verdict (a word of RFC 7208, empty when there is none), what it is about, and who says so."""

    verdict: str = ""
    domain: str = ""
    address: str = ""
    source: str = ""
    detail: str = ""

    @property
    def passes(self) -> bool | None:
        """True or False; None when it cannot be told."""
        status = _STATUS.get(self.verdict)
        return None if status is None else status is Status.OK


async def spf_of(trust: Trust, lookup: Lookup) -> Spf:
    """What SPF says. The DNS is asked only when the receiver did not write it down."""
    said = _from_results(trust) or _from_received_spf(trust)
    if said and said.verdict == "pass" and not trust.is_certain:
        return await _proved(said, trust, lookup)
    return said or await _evaluated(trust, lookup)


def spf_finding(spf: Spf) -> Finding:
    """The finding `inspect.spf`."""
    names = {"domain": spf.domain or "its domain", "address": spf.address or "the sending address"}
    status = _STATUS.get(spf.verdict, Status.UNKNOWN)
    if not spf.verdict:
        meaning = spf.detail or "The receiver wrote down no result of SPF"
    else:
        meaning = _MEANING.get(spf.verdict, "{domain}: a verdict that no standard knows").format(**names)
        meaning = f"{spf.verdict}: {meaning}"
    detail = f" ({spf.detail})" if spf.detail and spf.verdict else ""
    fix = _FIX.get(spf.verdict, _FORBIDDEN).format(**names) if status is Status.FAILED else ""
    return Finding("inspect.spf", status, "SPF", spf.domain, "pass", (f"{meaning}{detail}.",), spf.source, fix=fix)


def _from_results(trust: Trust) -> Spf | None:
    found = trust.all("spf")
    # some check the HELO name as well; the sender's domain counts
    of_sender = [result for result in found if not (result.get("smtp.helo") and not _sender(result))] or found
    best = trust.worst_of(of_sender)
    if best is None:
        return None
    address = address_in(best.get("smtp.remote-ip", "policy.iprev")) or _address_in(best.comment)
    shown = str(address or (trust.border.address if trust.border else "") or "")
    return Spf(best.verdict, best.domain, shown, trust.source)


def _sender(result: Result) -> str:
    return result.get("smtp.mailfrom", "smtp.mail")


def _address_in(text: str) -> Address | None:
    return next((found for word in text.split() if (found := address_in(word))), None)


def _from_received_spf(trust: Trust) -> Spf | None:
    """The header of RFC 7208 section 9.1: a verdict, a comment, and pairs."""
    word = _WORD.match(trust.received_spf)
    if word is None:
        return None
    found = tokens(trust.received_spf)
    pairs = dict(token.text.partition("=")[::2] for token in found if token.kind is Kind.WORD and "=" in token.text)
    comment = " ".join(token.text for token in found if token.kind is Kind.COMMENT)
    sender = pairs.get("envelope-from") or pairs.get("helo") or trust.envelope or ""
    address = address_in(pairs.get("client-ip", "")) or _address_in(comment) or (trust.border and trust.border.address)
    domain = sender.strip('<>"').rpartition("@")[2].lower()
    return Spf(word[1].lower(), domain, str(address or ""), trust.source)


async def _proved(said: Spf, trust: Trust, lookup: Lookup) -> Spf:
    """A pass that the sender could have written down himself: it counts when it is true now."""
    border = trust.border
    if border and border.address and said.domain:
        sender = f"postmaster@{said.domain}"
        now = await evaluate(lookup, ip=str(border.address), mail_from=sender, helo=border.sender)
        if now.verdict is Verdict.PASS:
            return replace(said, address=str(border.address))
    whose = said.domain or "nobody"
    return Spf(
        domain=said.domain,
        detail=f"A line says “pass” of {whose}; the sender may have written it himself, and asked now it is not so",
    )


async def _evaluated(trust: Trust, lookup: Lookup) -> Spf:
    border = trust.border
    if border is None or border.address is None:
        return Spf(detail="No header of the receiver says which address the message came from")
    if trust.envelope is None:
        return Spf(detail="The receiver wrote down neither a result nor the envelope's sender")
    result = await evaluate(lookup, ip=str(border.address), mail_from=trust.envelope, helo=border.sender)
    return Spf(
        result.verdict.value, result.domain, str(border.address), "the DNS, asked now", result.reason.rstrip(".")
    )
