"""What a certificate file says. Import nothing heavy before a file is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from mailwizard.errors import MailwizardError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class BrokenCertificate(MailwizardError):
    """A file that is no certificate, or a key that does not fit it."""


@dataclass(frozen=True)
class Facts:
    """The first certificate of a file. `der` is itself, `spki` its public key; times in UTC."""

    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    issuer: str
    der: bytes
    spki: bytes


def facts_of(pem: bytes) -> Facts:
    """What the first certificate in a PEM file says. Raises BrokenCertificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        found = x509.load_pem_x509_certificate(pem)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise BrokenCertificate("it holds no certificate with names") from error
    return Facts(
        tuple(names.get_values_for_type(x509.DNSName)),
        _utc(found, "not_valid_before"),
        _utc(found, "not_valid_after"),
        _issuer(found),
        found.public_bytes(Encoding.DER),
        found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def key_spki(pem: bytes) -> bytes:
    """The public key that belongs to a private key in PEM, DER. Raises BrokenCertificate."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BrokenCertificate("it holds no private key without a password") from error
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _issuer(found: Certificate) -> str:
    """`Let's Encrypt R11`: the organization and its own name for what it signs with, or all that is said of it."""
    from cryptography.x509.oid import NameOID

    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    words = [str(part.value) for kind in kinds for part in found.issuer.get_attributes_for_oid(kind)]
    return " ".join(words) or found.issuer.rfc4514_string()


def _utc(found: object, what: str) -> datetime:
    moment = getattr(found, f"{what}_utc", None)  # cryptography 42 and later
    return moment if isinstance(moment, datetime) else getattr(found, what).replace(tzinfo=timezone.utc)
