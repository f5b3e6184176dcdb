"""TLSA records of a mail server, looked at: do they fit the certificate it shows? RFC 6698 and RFC 7672."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mailwizard.dns.answer import Answer, Outcome

_LENGTHS = {1: 32, 2: 64}  # bytes of SHA-256 and SHA-512
_HASHES = {1: hashlib.sha256, 2: hashlib.sha512}


@dataclass(frozen=True)
class Tlsa:
    """One record (RFC 6698, section 2.1): usage 2 is an authority's certificate, 3 the server's own."""

    usage: int
    selector: int  # 0 the whole certificate, 1 its public key
    matching: int  # 0 as it is, 1 SHA-256, 2 SHA-512
    data: bytes

    @property
    def is_usable(self) -> bool:
        """True when mail servers use it; usages 0 and 1 they ignore (RFC 7672, section 3.1.3)."""
        right_size = len(self.data) == _LENGTHS.get(self.matching, len(self.data))
        return self.usage in (2, 3) and self.selector in (0, 1) and self.matching in (0, 1, 2) and right_size

    def fits(self, chain: Sequence[bytes]) -> bool:
        """True when it matches a certificate of `chain` (DER, the server's own first)."""
        certificates = chain[:1] if self.usage == 3 else chain[1:]
        return any(self._digest(der) == self.data for der in certificates)

    def _digest(self, der: bytes) -> bytes:
        selected = der if self.selector == 0 else public_key_of(der)
        return _HASHES[self.matching](selected).digest() if self.matching in _HASHES else selected


@dataclass(frozen=True)
class TlsaLooked:
    """What stands for the server; senders heed it only when the zone is signed with DNSSEC."""

    outcome: Outcome
    usable: tuple[Tlsa, ...] = ()
    ignored: tuple[str, ...] = ()  # values that no mail server uses
    fitting: tuple[Tlsa, ...] = ()

    @property
    def breaks_mail(self) -> bool:
        """True when records are there and none fits: senders that check DANE would send nothing (RFC 7672, 2.2)."""
        return bool(self.usable) and not self.fitting


def owner(hostname: str, port: int = 25) -> str:
    """The name of the TLSA records for SMTP at `hostname` (RFC 7672, section 2.2.3)."""
    return f"_{port}._tcp.{hostname}"


def parse(value: str) -> Tlsa:
    """The record "3 1 1 hex". Raises ValueError."""
    usage, selector, matching, *data = value.split()
    return Tlsa(int(usage), int(selector), int(matching), bytes.fromhex("".join(data)))


def look(answer: Answer, chain: Sequence[bytes]) -> TlsaLooked:
    """The TLSA records of `answer` held against the certificates `chain` (DER) that the server shows.

    Raises ValueError when one of them is no certificate.
    """
    records = [(value, parse(value)) for value in answer.values]
    usable = tuple(record for _, record in records if record.is_usable)
    ignored = tuple(value for value, record in records if not record.is_usable)
    return TlsaLooked(answer.outcome, usable, ignored, tuple(record for record in usable if record.fits(chain)))


def public_key_of(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo (DER) of the certificate `der`. Raises ValueError when it is no certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
