from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.tlsa import look, owner


def certificate(name: str) -> tuple[bytes, bytes]:
    """A certificate and its public key, both DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=90))
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER), spki


OWN, OWN_KEY = certificate("smtp.example.com")
AUTHORITY, AUTHORITY_KEY = certificate("Authority")


def answer(*values: str) -> Answer:
    name = owner("smtp.example.com")
    records = tuple(Record(name, "TLSA", 300, value) for value in values)
    return Answer(name, "TLSA", Outcome.FOUND if values else Outcome.NO_DATA, records)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (f"3 1 1 {hashlib.sha256(OWN_KEY).hexdigest()}", True),
        (f"3 0 1 {hashlib.sha256(OWN).hexdigest()}", True),
        (f"3 1 2 {hashlib.sha512(OWN_KEY).hexdigest()}", True),
        (f"3 1 0 {OWN_KEY.hex()}", True),
        (f"2 1 1 {hashlib.sha256(AUTHORITY_KEY).hexdigest()}", True),
        (f"3 1 1 {hashlib.sha256(AUTHORITY_KEY).hexdigest()}", False),
        (f"2 1 1 {hashlib.sha256(OWN_KEY).hexdigest()}", False),
        (f"3 0 1 {hashlib.sha256(OWN_KEY).hexdigest()}", False),
    ],
    ids=["key", "certificate", "key, SHA-512", "key, whole", "authority", "wrong use", "wrong key", "wrong part"],
)
def test_records_are_held_against_the_certificates(value: str, fits: bool) -> None:
    found = look(answer(value), [OWN, AUTHORITY])
    assert len(found.usable) == 1
    assert bool(found.fitting) is fits and found.breaks_mail is not fits


def test_what_mail_servers_ignore_breaks_nothing() -> None:
    values = (f"1 1 1 {hashlib.sha256(AUTHORITY_KEY).hexdigest()}", "3 1 1 00ff", "3 1 9 00", "3 7 1 " + "00" * 32)
    found = look(answer(*values), [OWN, AUTHORITY])
    assert found.ignored == values and not found.usable and not found.breaks_mail


def test_one_fitting_record_is_enough_while_a_key_changes() -> None:
    old, new = (f"3 1 1 {hashlib.sha256(key).hexdigest()}" for key in (AUTHORITY_KEY, OWN_KEY))
    assert not look(answer(old, new), [OWN]).breaks_mail
    assert look(answer(), [OWN]).outcome is Outcome.NO_DATA
