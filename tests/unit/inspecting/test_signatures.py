"""Signatures that are really checked: good ones, changed messages, and keys that are of no use."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailwizard.dns.dkim_key import DkimKeyError, public_spki
from mailwizard.dns.dkim_record import compose
from mailwizard.inspecting.inspection import inspect
from mailwizard.inspecting.message import read_message
from mailwizard.inspecting.sign import signed_message
from mailwizard.inspecting.signature import signatures
from mailwizard.inspecting.verify import Checked, Proof, check_signature
from tests.unit.inspecting.inspected import dns, verdicts
from tests.unit.inspecting.signing import NAME, PLAIN, key, record, signed

FORMS = (b"simple/simple", b"simple/relaxed", b"relaxed/simple", b"relaxed/relaxed")


async def check(data: bytes, *values: str) -> Checked:
    message = read_message(data)
    return await check_signature(message, signatures(message)[0], dns({f"{NAME} TXT": values}))


@pytest.mark.parametrize("form", FORMS)
async def test_a_good_signature_holds(form: bytes) -> None:
    once = signed(form=form)  # it holds the time at which it was made
    assert await check(once, record()) == Checked(signatures(read_message(once))[0], Proof.GOOD)
    assert (await check(once.replace(b"\r\n", b"\n"), record())).proof is Proof.GOOD
    assert (await check(b"Received: from a by b; x\r\n" + once, record())).proof is Proof.GOOD


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("change", "is_body_changed"),
    [
        ((b"Subject: Hello", b"Subject: Hallo"), False),
        ((b"I <i@example.com>", b"I <j@example.com>"), False),
        ((b"you,", b"you!"), True),
        ((b"bye", b"bye\r\nP.S."), True),
    ],
)
async def test_a_changed_message_does_not(form: bytes, change: tuple[bytes, bytes], is_body_changed: bool) -> None:
    found = await check(signed(form=form).replace(*change), record())
    assert (found.proof, found.is_body_changed) == (Proof.BAD, is_body_changed)


async def test_a_second_author_breaks_the_signature() -> None:
    assert (await check(b"From: ceo@bank.example\r\n" + signed(), record())).proof is Proof.BAD


async def test_white_space_counts_only_where_it_has_to() -> None:
    for form, proof in ((b"relaxed/relaxed", Proof.GOOD), (b"simple/simple", Proof.BAD)):
        assert (await check(signed(form=form).replace(b"Hello  you", b"Hello \t you"), record())).proof is proof


@pytest.mark.parametrize(
    ("values", "proof", "words"),
    [
        ((), Proof.BAD, "no key is published"),
        (("v=spf1 -all",), Proof.BAD, "no key is published"),
        (("v=DKIM1; p=",), Proof.BAD, "withdrawn"),
        (("v=DKIM1; k=rsa; p=AAAA",), Proof.BAD, "cut off"),
        (("v=DKIM1; k=rsa; p=!",), Proof.BAD, "no base64"),
        (("v=DKIM1; k=dsa; p=AAAA",), Proof.BAD, "k=dsa"),
        (("v=DKIM1; k=ed25519; p=AAAA",), Proof.BAD, "no Ed25519 key"),
        (("other",), Proof.BAD, "another one by now"),
        (("other", "ours"), Proof.GOOD, ""),
        (("ours; s=tlsrpt",), Proof.BAD, "not for mail"),
        (("ours; h=sha1",), Proof.BAD, "not for sha256"),
        (("ours; t=y",), Proof.GOOD, ""),
        (("cut",), Proof.BAD, "no base64"),
    ],
)
async def test_the_published_key_decides(values: tuple[str, ...], proof: Proof, words: str) -> None:
    texts = {"ours": record(), "other": record(1), "cut": record()[:255]}
    found = await check(signed(), *(re.sub(r"^(ours|other|cut)", lambda m: texts[m[0]], value) for value in values))
    assert found.proof is proof
    assert words in found.reason


async def test_small_keys_and_great_exponents_are_refused() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    numbers = small.public_numbers()
    great = rsa.RSAPublicNumbers(2**40 + 1, numbers.n).public_key()
    for public, words in ((great, "exponent"), (small, "another one by now")):
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        found = await check(signed(), f"v=DKIM1; p={base64.b64encode(der).decode()}")
        assert found.proof is Proof.BAD
        assert words in found.reason


async def test_nobody_answers_is_no_verdict() -> None:
    message = read_message(signed())
    found = await check_signature(message, signatures(message)[0], dns(None))
    assert found.proof is Proof.UNKNOWN
    assert NAME in found.reason


async def test_without_the_body_nothing_is_checked() -> None:
    headers = signed().partition(b"\r\n\r\n")[0]
    for data in (headers, headers + b"\r\n", headers + b"\r\n\r\n", headers + b"\n\n\n"):
        assert (await check(data, record())).proof is Proof.UNKNOWN


@pytest.mark.parametrize("form", FORMS)
async def test_a_message_without_a_body_can_be_signed(form: bytes) -> None:
    assert (await check(signed(PLAIN.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", form), record())).proof is Proof.GOOD


async def test_a_part_of_the_body_can_be_signed() -> None:
    found = await inspect(read_message(signed(length=True) + b"More.\r\n"), dns({f"{NAME} TXT": [record()]}))
    words = next(finding.found for finding in found.findings if finding.id == "inspect.dkim")
    assert "first 18 bytes" in words[0] or "bytes of the body only" in words[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"rsa-sha256", b"rsa-sha1", "rsa-sha1"),
        (b"rsa-sha256", b"ed25519-sha256", "another kind"),
        (b"v=1;", b"v=2;", "breaks the rules"),
        (b"v=1;", b"v=1; x=1;", "expired"),
        (b"v=1;", b"v=1; x=" + b"9" * 5000 + b";", ""),
        (b"v=1;", b"v=1; v=1;", "breaks the rules"),
        (b"v=1;", b"v=1; l=-1;", ""),
        (b"s=mw;", b"s=m\x1bw;", ""),
        (b"s=mw;", b"s=" + b"a" * 70 + b";", "no domain and selector"),
        (b"d=example.com;", b"d=;", "no domain and selector"),
        (b"c=relaxed/relaxed", b"c=lax", "breaks the rules"),
        (b"d=example.com;", b"d=example.com; z=" + b"a" * 9000 + b";", "no mail server"),
    ],
)
async def test_odd_signatures_do_not_pass(old: bytes, new: bytes, words: str) -> None:
    found = await check(signed().replace(old, new, 1), record())
    assert found.proof is not Proof.GOOD
    assert words in found.reason


async def test_a_strict_key_is_for_the_domain_alone() -> None:
    data = signed(identity=b"i@mail.example.com")
    assert (await check(data, record())).proof is Proof.GOOD
    assert "t=s" in (await check(data, record() + "; t=s")).reason


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_what_we_sign_ourselves_holds(kind: str) -> None:
    pem = key(0) if kind == "rsa" else ed25519()
    message = signed_message("i@example.com", "mw", pem)
    lookup = dns({f"{NAME} TXT": [compose(public_spki(pem))]})
    assert (await check_signature(message, signatures(message)[0], lookup)).proof is Proof.GOOD
    other = dns({f"{NAME} TXT": [compose(public_spki(key(1) if kind == "rsa" else ed25519()))]})
    assert (await check_signature(message, signatures(message)[0], other)).proof is Proof.BAD


def test_no_key_signs_nothing() -> None:
    with pytest.raises(DkimKeyError):
        signed_message("i@example.com", "mw", b"no key")


async def test_our_own_check_counts_where_the_receiver_is_silent() -> None:
    zone = {
        f"{NAME} TXT": [record()],
        "_dmarc.example.com TXT": ["v=DMARC1; p=reject"],
        "example.com TXT": ["v=spf1 ip4:198.51.100.7 -all"],
    }
    top = (
        b"Return-Path: <i@example.com>\r\nReceived: from smtp.example.com (smtp.example.com [198.51.100.7])\r\n"
        b"\tby mx.example.org (Postfix) with ESMTPS id 1; Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    )
    found = await inspect(read_message(top + signed()), dns(zone))
    assert verdicts(found) == {
        **dict.fromkeys(("tls", "spf", "dkim", "dmarc", "alignment", "ipv6"), "ok"),
        "delay": "unknown",
    }
    assert found.exit_code == 0
    found = await inspect(read_message(top + signed().replace(b"bye", b"buy")), dns(zone))
    assert verdicts(found)["dkim"] == "failed"
    assert verdicts(found)["dmarc"] == "ok"  # by SPF
    assert found.exit_code == 1


async def test_the_receivers_word_stands_when_the_pasted_text_was_changed() -> None:
    said = b"Authentication-Results: mx.example.org; dkim=pass header.d=example.com\r\n"
    top = said + b"Received: from a.example ([198.51.100.7]) by mx.example.org with ESMTPS; x\r\n"
    found = await inspect(read_message(top + signed().replace(b"bye", b"buy")), dns({f"{NAME} TXT": [record()]}))
    finding = next(finding for finding in found.findings if finding.id == "inspect.dkim")
    assert finding.status.value == "ok"
    assert "not quite the message" in finding.found[1]


def ed25519() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
