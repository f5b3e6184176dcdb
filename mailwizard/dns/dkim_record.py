"""DKIM key records: read from a TXT value, and written for a public key (RFC 6376 section 3.6.1, RFC 8463)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from mailwizard.dns.dkim_der import ED25519_PREFIX, raw_ed25519
from mailwizard.dns.dkim_tags import colon_list, parse_tags, without_space


@dataclass(frozen=True)
class KeyRecord:
    """A key record as it was published. `key` is None where `p` is no base64; `b""` is a revoked key."""

    version: str
    key_type: str
    key: bytes | None
    encoded: str  # p without white space
    hashes: tuple[str, ...] = ()  # () allows every hash
    services: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    notes: str = ""
    faults: tuple[str, ...] = ()

    @property
    def is_revoked(self) -> bool:
        """True for an empty `p`: the owner withdrew this key (RFC 6376 section 3.6.1)."""
        return self.key == b""

    @property
    def is_test(self) -> bool:
        """True for `t=y`: receivers treat the mail as if it were not signed."""
        return "y" in self.flags

    @property
    def is_strict(self) -> bool:
        """True for `t=s`: the domain of `i=` must be the one of `d=`, no subdomain of it."""
        return "s" in self.flags

    @property
    def serves_mail(self) -> bool:
        """False where `s=` names services and e-mail is not among them."""
        return "*" in self.services or "email" in self.services

    @property
    def allows_sha256(self) -> bool:
        """False where `h=` names hashes and sha256 is not among them."""
        return not self.hashes or "sha256" in self.hashes


def parse(text: str) -> KeyRecord:
    """The key record in `text`. Never raises; what breaks RFC 6376 is told in `faults`."""
    tags = parse_tags(text)
    faults = [*tags.faults]
    version = tags.get("v")
    if version is not None and (version != "DKIM1" or tags.names[0] != "v"):
        faults.append("v=DKIM1 must stand first, in these very letters")
    encoded = without_space(tags.get("p") or "")
    key = _decoded(encoded)
    if tags.get("p") is None:
        faults.append("the tag p with the key is missing")
    elif key is None:
        faults.append("the tag p is no base64")
    return KeyRecord(
        version=version or "",
        key_type=(tags.get("k") or "rsa").lower(),
        key=None if tags.get("p") is None else key,
        encoded=encoded,
        hashes=colon_list(tags.get("h")),
        services=colon_list(tags.get("s")) or ("*",),
        flags=colon_list(tags.get("t")),
        notes=tags.get("n") or "",
        faults=tuple(faults),
    )


def compose(spki: bytes) -> str:
    """The TXT value that publishes this public key (DER SubjectPublicKeyInfo; RSA or Ed25519).

    RFC 8463 section 4 puts the bare 32 bytes of an Ed25519 key into `p`.
    """
    return f"v=DKIM1; k={key_type(spki)}; p={base64.b64encode(published(spki)).decode()}"


def key_type(spki: bytes) -> str:
    """`ed25519` or `rsa`, as `k=` says it."""
    return "ed25519" if spki.startswith(ED25519_PREFIX) else "rsa"


def published(spki: bytes) -> bytes:
    """The bytes that stand in `p` for this public key."""
    return raw_ed25519(spki) or spki


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
