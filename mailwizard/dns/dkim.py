"""A published DKIM key judged against the key that this server signs with (RFC 6376, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from mailwizard.dns.dkim_der import rsa_bits
from mailwizard.dns.dkim_record import KeyRecord, key_type, parse, published
from mailwizard.dns.dkim_tags import without_space

_LEAST_BITS = 1024  # RFC 8301 section 3.2: verifiers must not accept less
_GOOD_BITS = 2048  # the same section: signers should use at least this
_ONE_STRING = 255  # RFC 1035 section 3.3: a character string holds no more


@dataclass(frozen=True)
class KeyVerdict:
    """What a key record is worth. `cause` is empty when it publishes our key; `warnings` may stand beside it."""

    cause: str = ""
    sentence: str = ""
    warnings: tuple[str, ...] = ()


def judge(text: str, spki: bytes) -> KeyVerdict:
    """The verdict on the TXT value `text` for our public key (DER SubjectPublicKeyInfo).

    Causes: revoked_key, cut_at_255, truncated, foreign_key, other_value.
    """
    return judge_against(text, published(spki), key_type(spki))


def judge_against(text: str, ours: bytes, kind: str) -> KeyVerdict:
    """The verdict on `text`, for the bytes that ought to stand in `p` and the type that ought to stand in `k`."""
    record = parse(text)
    cause = _key_cause(record, text, ours)
    if cause:
        return KeyVerdict(cause, _SENTENCES[cause])
    unusable = _unusable(record, kind)
    if unusable:
        return KeyVerdict("other_value", unusable)
    return KeyVerdict(warnings=_warnings(record))


_SENTENCES = {
    "revoked_key": "The record says that this key is withdrawn: its p is empty.",
    "cut_at_255": "The record ends after 255 characters: the page took only one string of the key.",
    "truncated": "The key breaks off: only its first part was published.",
    "foreign_key": "The record holds another key than the one this server signs with.",
}


def _key_cause(record: KeyRecord, text: str, ours: bytes) -> str:
    if record.is_revoked:
        return "revoked_key"
    wanted = base64.b64encode(ours).decode()
    begins = record.encoded and record.encoded != wanted and wanted.startswith(record.encoded)
    rest = wanted[len(record.encoded) :]
    if begins and not without_space(text).startswith(rest):  # else its strings stand in the wrong order
        return "cut_at_255" if len(text) == _ONE_STRING else "truncated"
    if record.key and record.key != ours and record.version in ("", "DKIM1"):
        return "foreign_key"
    return ""


def _unusable(record: KeyRecord, kind: str) -> str:
    if record.faults:
        return f"The record cannot be read as a DKIM key: {record.faults[0]}."
    if record.key_type != kind:
        return f"The record says k={record.key_type}, and the key is of the type {kind}."
    if not record.serves_mail:
        return f"The record says s={':'.join(record.services)}, so the key is not for e-mail."
    if not record.allows_sha256:
        return f"The record says h={':'.join(record.hashes)}, and mail is signed with sha256."
    bits = rsa_bits(record.key or b"") if kind == "rsa" else None
    if bits is not None and bits < _LEAST_BITS:
        return f"The key has {bits} bits; receivers refuse less than {_LEAST_BITS}."
    return ""


def _warnings(record: KeyRecord) -> tuple[str, ...]:
    said = []
    if record.is_test:
        said.append("t=y says that you only test: receivers treat your mail as if it were not signed. Remove it.")
    if record.is_strict:
        said.append("t=s says that the key is not for subdomains; mail from a subdomain will not pass. Take it out.")
    bits = rsa_bits(record.key or b"") if record.key_type == "rsa" else None
    if bits is not None and bits < _GOOD_BITS:
        said.append(f"The key has {bits} bits; make one of {_GOOD_BITS}.")
    return tuple(said)
