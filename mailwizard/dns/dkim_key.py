"""DKIM keys made and read. Import it only where a key is at hand: it loads the cryptography package."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mailwizard.errors import MailwizardError


class DkimKeyError(MailwizardError):
    """A private key that cannot be read."""


def new_key() -> bytes:
    """A new RSA key of 2048 bits (RFC 8301) as unencrypted PKCS#8 PEM, the form that chasquid signs with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_spki(pem: bytes) -> bytes:
    """The public half (DER SubjectPublicKeyInfo) of an unencrypted private key in PEM. Raises DkimKeyError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DkimKeyError(
            "The DKIM key cannot be read: it is no unencrypted private key in PEM form. Make a new one."
        ) from error
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
