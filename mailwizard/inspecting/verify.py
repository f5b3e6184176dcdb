"""DKIM signatures checked with dkimpy and the keys in the DNS (RFC 6376 section 6, RFC 8301, RFC 8463)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.dkim_record import KeyRecord, parse
from mailwizard.dns.spf_macro import is_askable
from mailwizard.inspecting.message import Message
from mailwizard.inspecting.signature import Signature

_MOST_HEADERS = 2000
_LONGEST_SIGNATURE = 8192  # bytes
_LONGEST_REASON = 150
_WITH_KEY = re.compile(r"(?:\A|;)\s*p\s*=")


class Proof(str, Enum):
    """What checking a signature came to. `UNKNOWN`: it could not be checked, which says nothing against it."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Checked:
    """A signature and what became of it; `reason` is part of a sentence, without a full stop."""

    signature: Signature
    proof: Proof
    reason: str = ""
    is_body_changed: bool = False


async def check_signature(message: Message, signature: Signature, lookup: Lookup) -> Checked:
    """The signature checked against the body and the published key. Never raises."""
    if message.body is None:
        return Checked(signature, Proof.UNKNOWN, "the body is not there as it was sent")
    if _is_monstrous(message):
        return Checked(signature, Proof.UNKNOWN, "no mail server would take a message of this form")
    if not signature.domain or not signature.selector or not is_askable(signature.key_name):
        return Checked(signature, Proof.BAD, "it names no domain and selector that could be asked for")
    if signature.algorithm not in ("rsa-sha256", "ed25519-sha256"):
        return Checked(signature, Proof.BAD, f"it is made with {signature.algorithm}, which receivers refuse")
    answer = await lookup(signature.key_name, "TXT")
    records = [parse(value) for value in answer.values if _WITH_KEY.search(value)][:5]
    if not records:
        return _without_key(signature, answer)
    tried = [_checked(message, signature, record) for record in records]
    return next((one for one in tried if one.proof is Proof.GOOD), tried[0])


def _without_key(signature: Signature, answer: Answer) -> Checked:
    if answer.outcome is Outcome.UNKNOWN:
        return Checked(signature, Proof.UNKNOWN, f"there was no usable answer for its key at {signature.key_name}")
    return Checked(signature, Proof.BAD, f"no key is published at {signature.key_name}")


def _is_monstrous(message: Message) -> bool:
    """True for what would keep dkimpy's patterns busy for long; no real message is like that."""
    sizes = [len(header.raw) for header in message.headers if header.name == "dkim-signature"]
    return len(message.headers) > _MOST_HEADERS or max(sizes, default=0) > _LONGEST_SIGNATURE


def _checked(message: Message, signature: Signature, record: KeyRecord) -> Checked:
    from mailwizard.inspecting.key import BadKey, Ed25519Key, usable_key

    try:
        key = usable_key(record)
    except BadKey as error:
        return Checked(signature, Proof.BAD, f"the key at {signature.key_name} is of no use: {error}")
    if isinstance(key, Ed25519Key) is not signature.algorithm.startswith("ed25519"):
        return Checked(signature, Proof.BAD, f"the key at {signature.key_name} is of another kind than the signature")
    owner = signature.identity.rpartition("@")[2]
    if record.is_strict and owner and owner != signature.domain:
        return Checked(signature, Proof.BAD, f"its key is not for the subdomain {owner} (t=s)")
    if not record.allows_sha256:
        return Checked(signature, Proof.BAD, "its key is not for sha256 (h=)")
    return _tried(message, signature, key)


def _tried(message: Message, signature: Signature, key: object) -> Checked:
    from dkim import DKIM, DKIMException

    from mailwizard.inspecting.key import Ed25519Key, RsaKey

    judge = DKIM()
    judge.headers = [(header.raw_name, header.raw) for header in message.headers]
    try:
        fields, included, headers = judge.verify_headerprep(signature.index)
        judge.body = _prepared(message.body or b"", fields.get(b"c", b""))
        if isinstance(key, RsaKey):
            judge.pk, judge.keysize, judge.ktag = key.for_dkimpy, key.modulus.bit_length(), b"rsa"
        else:
            judge.pk, judge.keysize, judge.ktag = key, 256, b"ed25519"
        is_good = judge.verify_sig_process(fields, included, headers[signature.index], None)
    except DKIMException as error:
        return _refused(signature, str(error))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        return Checked(signature, Proof.BAD, f"it cannot be read ({type(error).__name__})")
    if isinstance(key, Ed25519Key):
        is_good = key.is_good
    if is_good:
        return Checked(signature, Proof.GOOD)
    return Checked(signature, Proof.BAD, "its signed headers were changed, or the key is another one by now")


def _prepared(body: bytes, form: bytes) -> bytes:
    """The body with its white space already relaxed, if it is to be (RFC 6376 section 3.4.4).

    dkimpy does so itself, but needs quadratic time for long runs of blanks.
    """
    if form.strip().partition(b"/")[2] != b"relaxed":
        return body
    return re.sub(rb"[\t ]+", b" ", body).replace(b" \r\n", b"\r\n")


def _refused(signature: Signature, words: str) -> Checked:
    if words.startswith("body hash mismatch"):
        return Checked(signature, Proof.BAD, "the body is not the one that was signed", is_body_changed=True)
    if words.startswith("x= value is past"):
        return Checked(signature, Proof.BAD, "it has expired since (x=)")
    return Checked(signature, Proof.BAD, f"it breaks the rules: {words[:_LONGEST_REASON]}")
