"""A message signed as the mail server will sign it, to see what receivers make of it (RFC 6376 section 5)."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass

from mailwizard.dns.dkim_key import DkimKeyError
from mailwizard.inspecting.message import Message, read_message

_SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")
_NAME = b"DKIM-Signature"


@dataclass(frozen=True)
class _Signed:
    signature: bytes


class _Ed25519Signer:
    """An Ed25519 key (RFC 8463) that dkimpy can sign with."""

    def __init__(self, pem: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise DkimKeyError("The DKIM key is neither RSA nor Ed25519. Make a new one.")
        self._key = key

    def sign(self, digest: bytes) -> _Signed:
        """Called by dkimpy with what is to be signed."""
        return _Signed(self._key.sign(digest))


def signed_message(sender: str, selector: str, pem: bytes) -> Message:
    """A message from `sender`, signed with the private key for the domain behind its @. Raises DkimKeyError."""
    plain = _plain(sender)
    header = _signature(plain, sender.rpartition("@")[2].encode("idna"), selector.encode(), pem)
    return read_message(_NAME + b": " + header + plain)


def _plain(sender: str) -> bytes:
    lines = (
        f"From: {sender}",
        "To: receiver@example.net",
        "Subject: A forecast",
        time.strftime("Date: %a, %d %b %Y %H:%M:%S +0000", time.gmtime()),
        f"Message-ID: <forecast@{sender.rpartition('@')[2]}>",
        "",
        "Hello.",
        "",
    )
    return "\r\n".join(lines).encode()


def _signature(plain: bytes, domain: bytes, selector: bytes, pem: bytes) -> bytes:
    from dkim import DKIM, DKIMException
    from dkim.canonicalization import CanonicalizationPolicy

    algorithm, key = _key(pem)
    signer = DKIM(plain, signature_algorithm=algorithm)
    signer.hasher = hashlib.sha256
    form = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    digest = base64.b64encode(hashlib.sha256(form.canonicalize_body(signer.body)).digest())
    fields = [
        *((b"v", b"1"), (b"a", algorithm), (b"c", b"relaxed/relaxed"), (b"d", domain), (b"s", selector)),
        *((b"h", b":".join(_SIGNED)), (b"bh", digest), (b"b", b"0" * 60)),
    ]
    try:
        header: bytes = signer.gen_header(fields, _SIGNED, form, _NAME, key)
    except (DKIMException, ValueError, KeyError) as error:
        raise DkimKeyError(f"The DKIM key cannot sign: {error}. Make a new one.") from error
    return header


def _key(pem: bytes) -> tuple[bytes, object]:
    """The algorithm, and the key in the form that dkimpy takes. Raises DkimKeyError."""
    from dkim.crypto import UnparsableKeyError, parse_pem_private_key

    from mailwizard.dns.dkim_key import public_spki
    from mailwizard.dns.dkim_record import key_type

    if key_type(public_spki(pem)) == "ed25519":
        return b"ed25519-sha256", _Ed25519Signer(pem)
    try:
        return b"rsa-sha256", parse_pem_private_key(pem)
    except UnparsableKeyError as error:
        raise DkimKeyError("The DKIM key is neither RSA nor Ed25519. Make a new one.") from error
