"""DKIM of a received message: what its receiver says of each signature, and what checking it now says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.finding import Finding, Status
from mailwizard.inspecting.results import Result
from mailwizard.inspecting.signature import Signature
from mailwizard.inspecting.trust import Trust
from mailwizard.inspecting.verify import Checked, Proof

_AGAINST = ("fail", "neutral", "policy", "permerror", "none")
_MEANING = {
    "fail": "the signature does not hold",
    "neutral": "the signature cannot be used",
    "policy": "the receiver does not accept such a signature",
    "permerror": "the signature or its key cannot be used",
    "temperror": "the key could not be fetched at that moment",
    "timeout": "the key could not be fetched at that moment",
}
_FIX = {
    "unsigned": "Have your server sign the mail: `mailwizard apply` makes a key and puts it to use.",
    "bad": "Compare the published key with the server's: `mailwizard health` does. A mailing list that changes a "
    "message breaks its signature as well.",
}


@dataclass(frozen=True)
class Dkim:
    """What is known of the signatures: the receiver's results with their domains, and our own checks."""

    said: tuple[tuple[str, Result], ...] = ()  # domain and result
    checked: tuple[Checked, ...] = ()
    source: str = ""
    is_certain: bool = True  # that the results are the receiver's, not the sender's

    @property
    def passing(self) -> tuple[str, ...]:
        """The domains whose signature passes: by the receiver's word, else by our own check."""
        if self.said:
            found = [domain for domain, result in self.said if result.verdict == "pass" and self._is_believed(domain)]
        else:
            found = [one.signature.domain for one in self.checked if one.proof is Proof.GOOD]
        return tuple(dict.fromkeys(found))

    @property
    def passes(self) -> bool | None:
        """True when a signature holds, False when none does, None when it cannot be told."""
        if self.passing:
            return True
        if self.said and (self.is_certain or not any(result.verdict == "pass" for _, result in self.said)):
            return None if any(result.verdict not in _AGAINST for _, result in self.said) else False
        return None if any(one.proof is Proof.UNKNOWN for one in self.checked) else False

    def _is_believed(self, domain: str) -> bool:
        """A pass that the sender could have written down himself counts when the signature really holds."""
        good = {one.signature.domain for one in self.checked if one.proof is Proof.GOOD}
        return self.is_certain or domain in good


def dkim_of(trust: Trust, checked: Sequence[Checked]) -> Dkim:
    """The receiver's results, each with the domain it is about, beside our own."""
    said = tuple((_domain(result, checked), result) for result in trust.all("dkim"))
    return Dkim(said, tuple(checked), trust.source, trust.is_certain)


def dkim_finding(dkim: Dkim, *, is_whole: bool) -> Finding:
    """The finding `inspect.dkim`; `is_whole` says that all headers are there, so that a missing one is missing."""
    words = [*_receivers(dkim), *_ours(dkim)]
    status = {True: Status.OK, False: Status.FAILED, None: Status.UNKNOWN}[dkim.passes]
    signed = bool(dkim.checked) or (dkim.is_certain and any(result.verdict != "none" for _, result in dkim.said))
    if not signed:
        status = Status.FAILED if is_whole or dkim.said else Status.UNKNOWN
        words = ["The message bears no signature."]
    fix = _FIX["bad" if signed else "unsigned"] if status is Status.FAILED else ""
    source = dkim.source if dkim.said else "the DNS, asked now" if dkim.checked else ""
    return Finding("inspect.dkim", status, "DKIM", ", ".join(dkim.passing), "pass", tuple(words), source, fix=fix)


def _receivers(dkim: Dkim) -> list[str]:
    said = [(domain, result) for domain, result in dkim.said if result.verdict != "none"]
    return [
        _sentence(domain, result)
        if result.verdict != "pass" or domain in dkim.passing
        else f"A line says “pass” of {domain or 'nobody'}; the sender may have written it himself."
        for domain, result in said
    ]


def _sentence(domain: str, result: Result) -> str:
    whose = domain or "a domain that is not named"
    if result.verdict == "pass":
        return f"pass: {whose} has signed the message."
    meaning = _MEANING.get(result.verdict, "a verdict that no standard knows")
    why = result.get("reason") or result.comment
    return f"{result.verdict}: {whose}: {meaning}{f' ({why})' if why else ''}."


def _ours(dkim: Dkim) -> list[str]:
    return [_own_sentence(one, dkim) for one in dkim.checked]


def _own_sentence(one: Checked, dkim: Dkim) -> str:
    whose = f"the signature of {one.signature.domain or 'nobody'}"
    if one.proof is Proof.GOOD:
        covers = f", for the first {one.signature.length} bytes of the body only (l=)" if one.signature.length else ""
        return f"Checked now: {whose} holds{covers}."
    if one.proof is Proof.UNKNOWN:
        return f"Not checked: {whose}: {one.reason}."
    hint = ""
    if dkim.said and one.signature.domain in dkim.passing:
        hint = "; its receiver saw it hold, so "
        hint += (
            "this text is not quite the message" if one.is_body_changed else "the text or the key is not the same now"
        )
    return f"Checked now: {whose} does not hold: {one.reason}{hint}."


def _domain(result: Result, checked: Sequence[Checked]) -> str:
    """The signing domain; by the beginning of the signature where the result names nothing else."""
    if result.get("header.d"):
        return result.domain
    known = [one.signature for one in checked]
    return _by_signature(result, known) or result.domain


def _by_signature(result: Result, known: Sequence[Signature]) -> str:
    start = result.get("header.b")
    return next((one.domain for one in known if len(start) >= 6 and one.signed.startswith(start)), "")
