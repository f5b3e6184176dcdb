"""DKIM key records: read, judged against our key, written; dkimpy as the oracle."""

from __future__ import annotations

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns import dkim_key, dkim_record
from mailwizard.dns.dkim import judge
from mailwizard.dns.dkim_der import rsa_bits
from mailwizard.dns.dkim_tags import parse_tags

PEM = dkim_key.new_key()
SPKI = dkim_key.public_spki(PEM)
OURS = dkim_record.compose(SPKI)
P = base64.b64encode(SPKI).decode()


def spki(bits: int) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def ed25519_spki() -> tuple[bytes, bytes]:
    key = ed25519.Ed25519PrivateKey.generate()
    form = serialization.PublicFormat
    public = key.public_key()
    return (
        public.public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.Raw, form.Raw),
    )


def test_a_new_key_is_rsa_2048_in_pkcs8() -> None:
    assert PEM.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert rsa_bits(SPKI) == 2048
    assert dkim_key.new_key() != PEM


@pytest.mark.parametrize("pem", [b"", b"hello", PEM[:200], PEM.replace(b"PRIVATE", b"PUBLIC")])
def test_what_is_no_key_is_refused_in_a_sentence(pem: bytes) -> None:
    with pytest.raises(dkim_key.DkimKeyError, match="cannot be read"):
        dkim_key.public_spki(pem)


def test_our_own_record_is_ours() -> None:
    verdict = judge(OURS, SPKI)
    assert (verdict.cause, verdict.warnings) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        f"p={P}",
        f"k=rsa; p={P}",
        f"v=DKIM1 ; k = RSA ; s=email ; h=sha1:sha256 ; n=hello ; p={P[:100]} {P[100:200]}\t{P[200:]} ;",
        f"v=DKIM1; s=*; p={P};",
    ],
)
def test_the_same_key_in_other_words_is_ours(text: str) -> None:
    assert judge(text, SPKI).cause == ""


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("v=DKIM1; k=rsa; p=", "revoked_key"),
        (f"v=DKIM1; k=rsa; p={P[:120]}", "truncated"),
        (f"v=DKIM1; k=rsa; p={P[:121]}", "truncated"),
        (OURS[:255], "cut_at_255"),
        (dkim_record.compose(spki(2048)), "foreign_key"),
        ("v=DKIM1; k=rsa", "other_value"),
        ("v=DKIM1; k=rsa; p=!!!", "other_value"),
        (f"v=DKIM2; p={P}", "other_value"),
        (f"k=rsa; v=DKIM1; p={P}", "other_value"),
        (f"v=DKIM1; k=ed25519; p={P}", "other_value"),
        (f"v=DKIM1; s=tlsrpt; p={P}", "other_value"),
        (f"v=DKIM1; h=sha1; p={P}", "other_value"),
        (f"v=DKIM1; p={P}; p={P}", "other_value"),
        ("", "other_value"),
    ],
)
def test_each_fault_has_its_cause(text: str, cause: str) -> None:
    verdict = judge(text, SPKI)
    assert verdict.cause == cause
    assert verdict.sentence.endswith(".")


@pytest.mark.parametrize(("flags", "said"), [("y", ["t=y"]), ("s", ["t=s"]), ("y:s", ["t=y", "t=s"])])
def test_flags_are_warned_of(flags: str, said: list[str]) -> None:
    verdict = judge(f"v=DKIM1; t={flags}; p={P}", SPKI)
    assert verdict.cause == ""
    assert [warning[:3] for warning in verdict.warnings] == said


def test_a_key_of_1024_bits_is_a_warning() -> None:
    small = spki(1024)
    verdict = judge(dkim_record.compose(small), small)
    assert verdict.cause == ""
    assert "1024 bits" in verdict.warnings[0]


def test_a_key_below_1024_bits_is_refused() -> None:
    short = (
        bytes.fromhex("300d06092a864886f70d0101010500034b003048024100")
        + b"\xc1"
        + b"\x55" * 63
        + b"\x02\x03\x01\x00\x01"
    )
    short = bytes.fromhex("305c") + short
    assert rsa_bits(short) == 512
    assert judge(dkim_record.compose(short), short).cause == "other_value"


def test_ed25519_is_published_as_its_bare_32_bytes() -> None:
    der, raw = ed25519_spki()
    text = dkim_record.compose(der)
    assert text == f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"
    assert judge(text, der).cause == ""
    assert judge(text, ed25519_spki()[0]).cause == "foreign_key"


def test_the_bare_rsa_form_of_the_rfc_is_measured_as_well() -> None:
    key = serialization.load_der_public_key(SPKI)
    bare = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    assert rsa_bits(bare) == 2048


@pytest.mark.parametrize(
    "text", [OURS, f"p={P}", f"v=DKIM1; s=email; t=y; p={P}", f"v=DKIM1; k=rsa; p={P[:60]} {P[60:]}"]
)
def test_dkimpy_reads_the_same_key(text: str) -> None:
    _, size, kind, _ = dkim.evaluate_pk("sel._domainkey.example.com", text.encode())
    record = dkim_record.parse(text)
    assert (size, kind) == (rsa_bits(record.key or b""), record.key_type.encode())


@pytest.mark.parametrize("text", ["v=DKIM1; k=rsa", "v=DKIM1; p=!", f"v=DKIM1; p={P}; p={P}", f"v=DKIM2; p={P}"])
def test_dkimpy_refuses_what_we_call_faulty(text: str) -> None:
    assert dkim_record.parse(text).faults
    with pytest.raises((dkim.KeyFormatError, dkim.DKIMException)):
        dkim.evaluate_pk("sel._domainkey.example.com", text.encode())


def test_dkimpy_verifies_a_signature_with_the_record_we_wrote() -> None:
    message = b"From: i@example.com\r\nTo: you@example.net\r\nSubject: hello\r\n\r\nhello\r\n"
    signature = dkim.sign(message, b"sel", b"example.com", PEM)
    assert dkim.verify(signature + message, dnsfunc=lambda name, timeout=5: OURS.encode())


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(text: str) -> None:
    record = dkim_record.parse(text)
    assert record.faults or record.key is not None
    judge(text, SPKI)
    parse_tags(text)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_measuring(data: bytes) -> None:
    assert rsa_bits(data) is None or data[0] == 0x30


@given(st.integers(min_value=1, max_value=len(P) - 1))
def test_every_beginning_of_our_key_is_truncated(length: int) -> None:
    text = f"v=DKIM1; p={P[:length]}"
    assert judge(text, SPKI).cause == ("cut_at_255" if len(text) == 255 else "truncated")


def test_a_damaged_key_is_no_key() -> None:
    whole = serialization.load_pem_private_key(PEM, password=None)
    assert isinstance(whole, rsa.RSAPrivateKey)
    der = bytearray(
        whole.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    numbers = whole.private_numbers()
    for number in (numbers.d, numbers.q, numbers.public_numbers.n):
        size = (number.bit_length() + 7) // 8
        at = der.index(number.to_bytes(size, "big")) + size - 2
        broken = bytes((*der[:at], der[at] ^ 4, *der[at + 1 :]))
        pem = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(broken) + b"-----END PRIVATE KEY-----\n"
        with pytest.raises(dkim_key.DkimKeyError):
            dkim_key.public_spki(pem)
