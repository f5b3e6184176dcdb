"""A published DKIM key made ready for checking signatures. Loads the cryptography package: import it where needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailwizard.dns.dkim_record import KeyRecord

_LEAST_BITS, _MOST_BITS = 1024, 16384  # RFC 8301 section 3.2; more would only keep this machine busy
_GREATEST_EXPONENT = 2**33


class BadKey(Exception):
    """A key that no signature can be checked with; `str()` is the reason, without a full stop."""


@dataclass(frozen=True)
class RsaKey:
    """An RSA key in the form that dkimpy takes."""

    modulus: int
    exponent: int

    @property
    def for_dkimpy(self) -> dict[str, int]:
        """The numbers under dkimpy's names."""
        return {"modulus": self.modulus, "publicExponent": self.exponent}


@dataclass
class Ed25519Key:
    """An Ed25519 key (RFC 8463) that notes whether what it was shown was signed with it."""

    key: Ed25519PublicKey
    is_good: bool = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        """Called by dkimpy with what was signed; the answer is in `is_good`."""
        try:
            self.key.verify(signature, digest)
            self.is_good = True
        except InvalidSignature:
            self.is_good = False


PublicKey: TypeAlias = "RsaKey | Ed25519Key"


def usable_key(record: KeyRecord) -> PublicKey:
    """The key in `record`. Raises BadKey."""
    if record.is_revoked:
        raise BadKey("the key is withdrawn (its p is empty)")
    if record.faults or record.key is None:
        raise BadKey(f"its record cannot be read: {record.faults[0] if record.faults else 'p is missing'}")
    if not record.serves_mail:
        raise BadKey("its record says that it is not for mail")
    if record.key_type == "ed25519":
        return _ed25519(record.key)
    if record.key_type != "rsa":
        raise BadKey(f"its record says k={record.key_type}, which nobody knows")
    return _rsa(record.key)


def _ed25519(key: bytes) -> Ed25519Key:
    try:
        return Ed25519Key(Ed25519PublicKey.from_public_bytes(key))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("its record holds no Ed25519 key") from None


def _rsa(der: bytes) -> RsaKey:
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("its record holds no RSA key; most likely it is cut off") from None
    if not isinstance(key, RSAPublicKey):
        raise BadKey("its record holds no RSA key")
    if not _LEAST_BITS <= key.key_size <= _MOST_BITS:
        raise BadKey(f"it has {key.key_size} bits; receivers refuse less than {_LEAST_BITS} and more than {_MOST_BITS}")
    numbers = key.public_numbers()
    if numbers.e > _GREATEST_EXPONENT:
        raise BadKey("its exponent is far too great")
    return RsaKey(numbers.n, numbers.e)
