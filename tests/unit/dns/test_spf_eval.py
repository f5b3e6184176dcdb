from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwizard.dns.spf_check import Verdict
from mailwizard.dns.spf_count import count
from mailwizard.dns.spf_eval import evaluate, sender_of
from tests.unit.dns.spf_zone import Zone

ZONE = Zone(
    {
        "example.com": [("TXT", "v=spf1 a:mail.example.com include:_spf.big.example -all exp=why.example.com")],
        "mail.example.com": [("A", "198.51.100.7"), ("AAAA", "2001:db8::7"), ("MX", (1, "mail.example.com"))],
        "_spf.big.example": [("TXT", "v=spf1 include:_a.big.example ~all")],
        "_a.big.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 ?all")],
        "why.example.com": [("TXT", "%{i} may not send for %{d}")],
        "soft.example": [("TXT", "v=spf1 redirect=_spf.big.example")],
        "silent.example": [("TIMEOUT", None)],
        "2.2.0.192.in-addr.arpa": [("PTR", "mail.example.com"), ("PTR", "b.example")],
        "b.example": [("A", "192.0.2.2")],
    }
)


@pytest.mark.parametrize(
    ("ip", "mail_from", "verdict", "reason"),
    [
        (
            "198.51.100.7",
            "i@example.com",
            Verdict.PASS,
            '"a:mail.example.com" in the SPF record of example.com allows 198.51.100.7.',
        ),
        (
            "192.0.2.9",
            "i@example.com",
            Verdict.PASS,
            '"include:_spf.big.example" in the SPF record of example.com (by ip4:192.0.2.0/24 of _a.big.example) '
            "allows 192.0.2.9.",
        ),
        ("203.0.113.1", "i@example.com", Verdict.FAIL, '"-all" in the SPF record of example.com forbids 203.0.113.1.'),
        (
            "203.0.113.1",
            "i@soft.example",
            Verdict.SOFTFAIL,
            '"~all" in the SPF record of _spf.big.example discourages 203.0.113.1.',
        ),
        ("203.0.113.1", "i@none.example", Verdict.NONE, "none.example has no SPF record."),
        (
            "203.0.113.1",
            "i@silent.example",
            Verdict.TEMPERROR,
            "No usable answer for TXT of silent.example (timed out).",
        ),
    ],
)
async def test_says_why(ip: str, mail_from: str, verdict: Verdict, reason: str) -> None:
    result = await evaluate(ZONE.lookup, ip=ip, mail_from=mail_from, helo="smtp.example.com")
    assert (result.verdict, result.reason) == (verdict, reason)


async def test_counts_what_it_spends_and_gives_the_domains_own_words() -> None:
    result = await evaluate(ZONE.lookup, ip="2001:db8::8", mail_from="i@example.com", helo="h.example")
    assert (result.lookups, result.void_lookups) == (3, 0)
    assert result.explanation == ".".join("20010DB8000000000000000000000008") + " may not send for example.com"


async def test_a_record_is_tried_before_it_is_published() -> None:
    record = "v=spf1 mx:mail.example.com -all"
    ask = {"mail_from": "", "helo": "mail.example.com", "record": record}
    assert (await evaluate(ZONE.lookup, ip="198.51.100.7", **ask)).verdict is Verdict.PASS
    assert (await evaluate(ZONE.lookup, ip="::ffff:198.51.100.7", **ask)).verdict is Verdict.PASS
    assert (await evaluate(ZONE.lookup, ip="198.51.100.8", **ask)).verdict is Verdict.FAIL
    assert ("mail.example.com", "TXT") not in ZONE.asked


async def test_validated_names_fill_the_p_macro() -> None:
    record = "v=spf1 exists:%{p} -all"
    result = await evaluate(ZONE.lookup, ip="192.0.2.2", mail_from="i@example.com", helo="h.example", record=record)
    assert result.verdict is Verdict.PASS and ("b.example", "A") in ZONE.asked


@pytest.mark.parametrize(
    ("mail_from", "sender"),
    [
        ("", "postmaster@h.example"),
        ("@example.com", "postmaster@example.com"),
        ("example.com", "postmaster@example.com"),
        ("a@b@example.com", "a@b@example.com"),
    ],
)
def test_senders_without_a_local_part(mail_from: str, sender: str) -> None:
    assert sender_of(mail_from, "h.example") == sender


async def test_an_address_is_needed() -> None:
    with pytest.raises(ValueError, match="example"):
        await evaluate(ZONE.lookup, ip="example.com", mail_from="", helo="")


pieces = st.sampled_from(["a", " mx", " ptr", "%{p}", " exists:", " include:", ":", "%{l}.", "."])


@settings(deadline=None)
@given(
    st.one_of(st.text(max_size=40), st.lists(pieces).map("".join)),
    st.text(max_size=20),
    st.text(max_size=20),
    st.sampled_from(["192.0.2.2", "2001:db8::7"]),
)
def test_no_input_breaks_a_check(text: str, mail_from: str, helo: str, ip: str) -> None:
    record = f"v=spf1 {text}.example.com x=%{{s}} exists:%{{S}}.%{{l}}.%{{h}}.example.com exp=%{{l}}.example.com -all"
    result = asyncio.run(evaluate(ZONE.lookup, ip=ip, mail_from=mail_from, helo=helo, record=record))
    assert result.reason.endswith(".")
    simple = f"v=spf1 exists:%{{S}}.%{{l}}.%{{h}}.example.com exists:%{{p}}.x{text} -all"
    again = asyncio.run(evaluate(ZONE.lookup, ip=ip, mail_from=mail_from, helo=helo, record=simple))
    assert again.verdict is not Verdict.NONE and again.reason.endswith(".")
    counted = asyncio.run(count(ZONE.lookup, "example.com", simple))
    assert counted.lookups >= 2 or counted.problems
