from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.spf_lint import lint, same_meaning
from mailwizard.dns.spf_macro import fault_of_domain, fault_of_explanation, fault_of_macros
from mailwizard.dns.spf_record import Mechanism, Modifier, SpfSyntaxError, parse, spf_records


def test_reads_terms_in_order() -> None:
    record = parse("V=SPF1 A:Mail.example.com/24//64  ~MX -ip4:10.1.2.3/8 redirect=_spf.example.com ")
    assert record.terms[0] == Mechanism("+", "a", "Mail.example.com", None, 24, 64)
    assert record.terms[1] == Mechanism("~", "mx")
    assert record.mechanisms[2].host_bits and record.mechanisms[2].text == "-ip4:10.0.0.0/8"
    assert record.modifiers == (Modifier("redirect", "_spf.example.com"),)
    assert record.redirect == "_spf.example.com" and record.all == ""


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("v=spf1 mx ipv4:192.0.2.1 -all", 10, "there is no such term"),
        ("v=spf1 ip4:192.0.2.256", 7, '"192.0.2.256" is no IPv4 address'),
        ("v=spf1 ip6:fe80::1%eth0", 7, '"fe80::1%eth0" is no IPv6 address'),
        ("v=spf1 ip4:192.0.2.1/033", 7, "/033 is no prefix length from 0 to 32"),
        ("v=spf1 a:", 7, "a domain name is missing"),
        ("v=spf1 include", 7, "a domain name is missing"),
        ("v=spf1 a:localhost", 7, '"localhost" is no full domain name'),
        ("v=spf1 exists:%{c}.example.com", 7, "%{c} may stand in explanations only"),
        ("v=spf1 exists:%{d0}.example.com", 7, "%{d0} keeps no label at all"),
        ("v=spf1 -all:x", 7, "nothing may stand behind all"),
        ("v=spf1 redirect=a.example redirect=b.example", 26, "redirect stands twice"),
        ("v=spf1 a\tmx", 7, "there is no such term"),
        ("v=spf1 \xe2\x80\x93all", 7, "there is no such term"),
        ("v=spf10 a", 0, "it does not begin with v=spf1"),
    ],
)
def test_names_place_and_reason_of_a_fault(text: str, position: int, reason: str) -> None:
    with pytest.raises(SpfSyntaxError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.reason) == (position, reason)


def test_takes_only_spf_records_out_of_an_answer() -> None:
    texts = ("google-site-verification=x", "v=spf1 -all", "v=spf10 -all", "V=spf1", "v=spf1;")
    records = tuple(Record("example.com", "TXT", 60, text) for text in texts)
    assert spf_records(Answer("example.com", "TXT", Outcome.FOUND, records)) == ["v=spf1 -all", "V=spf1"]


@given(st.one_of(st.text(), st.text(alphabet="v=spf1 aimxlcude:/.%{}0-~?+_\x00é", max_size=60)))
def test_no_text_breaks_the_parser(text: str) -> None:
    for candidate in (text, f"v=spf1 {text}"):
        try:
            record = parse(candidate)
        except SpfSyntaxError as error:
            assert 0 <= error.position <= len(candidate) and error.reason
        else:
            assert same_meaning(parse(record.text), record)
            assert all(flaw.sentence.endswith(".") for flaw in lint(record))


@given(st.text(alphabet="%{}sldioph0123r.-+,/_= a", max_size=40))
def test_no_text_breaks_the_macros(text: str) -> None:
    assert not fault_of_macros(text) or fault_of_domain(text)
    if not fault_of_macros(text):
        assert not fault_of_explanation(text)


@pytest.mark.parametrize("piece", ["a-", "%{d}x", "/1", "//1", ".a", "%", "a" * 9, "1", "%{d.", ".-", "=a"])
@pytest.mark.parametrize("start", ["a:", "a:x.", "ip4:", "ip6:", "", "redirect=", "include:x.a"])
def test_longest_possible_records_are_read(start: str, piece: str) -> None:
    text = f"v=spf1 {start}{piece * (65_000 // len(piece))}"
    with pytest.raises(SpfSyntaxError):
        parse(f"{text}!")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("v=spf1 mx -all", []),
        ("v=spf1 mx +all", ["plus_all"]),
        ("v=spf1 mx ?all", ["neutral_all"]),
        ("v=spf1 mx", ["no_all"]),
        ("v=spf1 redirect=x.example", []),
        ("v=spf1 ~all mx redirect=x.example", ["hidden", "after_all"]),
        ("v=spf1 ptr ip4:10.1.2.3/8 a a ip4=10.0.0.1 ~all", ["ptr", "host_bits", "twice", "equals_sign"]),
        ("v=spf1 " + "ip4:192.0.2.1/28 " * 30 + "~all", ["host_bits"] * 30 + ["twice", "long"]),
    ],
)
def test_lint_names_each_flaw(text: str, codes: list[str]) -> None:
    assert [flaw.code for flaw in lint(parse(text))] == codes


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("v=spf1 A:Mail.Example.com. -all", "v=spf1 +a:mail.example.com/32//128 -all mx", True),
        ("v=spf1 a mx -all", "v=spf1 mx a -all", False),
        ("v=spf1 a -all", "v=spf1 a ~all", False),
        ("v=spf1 ip4:10.0.0.1/32 -all", "v=spf1 ip4:10.0.0.1 -all", True),
    ],
)
def test_records_are_compared_by_meaning(one: str, other: str, same: bool) -> None:
    assert same_meaning(parse(one), parse(other)) is same
