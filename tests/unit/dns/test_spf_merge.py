from __future__ import annotations

import asyncio

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailwizard.dns.spf_check import Verdict
from mailwizard.dns.spf_eval import evaluate
from mailwizard.dns.spf_merge import merge
from mailwizard.dns.spf_record import SpfSyntaxError, parse
from tests.unit.dns.spf_zone import Zone

OWN = ["a:mail.example.com"]


@pytest.mark.parametrize(
    ("existing", "includes", "record"),
    [
        ([], [], "v=spf1 a:mail.example.com ~all"),
        ([], ["_spf.big.example"], "v=spf1 a:mail.example.com include:_spf.big.example ~all"),
        (["v=spf1 mx -all"], [], "v=spf1 a:mail.example.com mx -all"),
        (["v=spf1 mx ~all"], ["x.example"], "v=spf1 a:mail.example.com mx include:x.example ~all"),
        (["v=spf1 -mx a ip4:192.0.2.0/24 -all"], [], "v=spf1 a:mail.example.com -mx a ip4:192.0.2.0/24 -all"),
        (["v=spf1 mx ~all", "v=spf1 mx a -all"], [], "v=spf1 a:mail.example.com mx a -all"),
        (["v=spf1 mx +all"], [], "v=spf1 a:mail.example.com mx ~all"),
        (["v=spf1 mx ?all"], [], "v=spf1 a:mail.example.com mx ~all"),
        (["v=spf1 mx"], [], "v=spf1 a:mail.example.com mx ~all"),
        (["v=spf1 mx ~all a"], [], "v=spf1 a:mail.example.com mx a ~all"),
        (["v=spf1 redirect=_spf.x.example"], [], "v=spf1 a:mail.example.com redirect=_spf.x.example"),
        (["v=spf1 redirect=x.example"], ["x.example"], "v=spf1 a:mail.example.com redirect=x.example"),
        (["v=spf1 redirect=x.example -all"], [], "v=spf1 a:mail.example.com -all"),
        (["v=spf1 redirect=x.example", "v=spf1 a -all"], [], "v=spf1 a:mail.example.com a include:x.example -all"),
        (
            ["v=spf1 redirect=x.example", "v=spf1 redirect=y.example"],
            [],
            "v=spf1 a:mail.example.com include:x.example include:y.example ~all",
        ),
        (["v=spf1 ipv4:192.0.2.1 \xe2\x80\x93all"], [], "v=spf1 a:mail.example.com ip4:192.0.2.1 -all"),
        (
            ["v=spf1 a:192.0.2.1, 2001:db8::1 bogus -all"],
            [],
            "v=spf1 a:mail.example.com ip4:192.0.2.1 ip6:2001:db8::1 -all",
        ),
        (['"v=spf1 mx" "-all"'], [], "v=spf1 a:mail.example.com mx -all"),
        (["v=spf1 ?a:mail.example.com -all"], [], "v=spf1 a:mail.example.com -all"),
        (["v=spf1 -all exp=e.example"], [], "v=spf1 a:mail.example.com -all exp=e.example"),
    ],
)
def test_merges_into_one_record(existing: list[str], includes: list[str], record: str) -> None:
    merged = merge(existing, OWN, includes)
    assert merged.record == record
    assert not merged.is_same
    assert set(merged.added) | set(merged.kept) == set(record.split()[1:])


@pytest.mark.parametrize(
    ("existing", "wanted"),
    [
        ("v=spf1 A:Mail.Example.com. ~all", OWN),
        ("v=spf1 mx +a:mail.example.com/32 include:x.example -all", OWN),
        ("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", ["ip4:192.0.2.7", "ip6:2001:db8::7"]),
    ],
)
def test_a_record_that_does_it_stays(existing: str, wanted: list[str]) -> None:
    merged = merge([existing], wanted)
    assert merged.is_same and not merged.added and not merged.notes


def test_says_what_it_changes() -> None:
    merged = merge(["v=spf1 ipv4:192.0.2.1 moo +all mx", "v=spf1 -a:mail.example.com redirect=x.example"], OWN)
    assert merged.notes == (
        "The 2 SPF records become one.",
        '"ipv4:192.0.2.1" becomes "ip4:192.0.2.1": it was misspelt.',
        '"moo" is left out: it is no SPF term, and receivers refuse the whole record for it.',
        '"mx" stood behind "all", where nobody reads it; it now stands before it.',
        '"-a:mail.example.com" becomes "a:mail.example.com", because it must be able to send.',
        '"redirect=x.example" becomes "include:x.example", because two records become one.',
        '"+all" lets anybody send in your name; it becomes "~all".',
    )


def test_default_may_be_strict_but_never_weakens() -> None:
    assert merge([], OWN, (), "-all").record.endswith("-all")
    assert merge(["v=spf1 mx ~all"], OWN, (), "-all").record.endswith("~all")
    assert merge(["v=spf1 mx -all"], OWN, (), "?all").record.endswith("-all")
    assert merge(["v=spf1 mx ?all"], OWN, (), "+all").record.endswith("?all")


def test_refuses_wishes_that_are_no_terms() -> None:
    for wanted, includes in ((["a:localhost"], []), (["x=y"], []), ([], ["not a name"])):
        with pytest.raises(SpfSyntaxError):
            merge([], wanted, includes)


ZONE = Zone(
    {
        "mail.example.com": [("A", "192.0.2.1"), ("AAAA", "2001:db8::1")],
        "other.example": [("A", "192.0.2.2"), ("AAAA", "2001:db8::2"), ("MX", (1, "other.example"))],
        "inc.example": [("TXT", "v=spf1 ip4:192.0.2.3 ip6:2001:db8::3 -all")],
        "example.com": [("A", "192.0.2.4"), ("AAAA", "2001:db8::4"), ("MX", (1, "other.example"))],
    }
)
words = st.one_of(
    st.sampled_from(["a", "mx", "-a", "~mx", "ip4:192.0.2.3", "-ip4:192.0.2.1", "a:other.example"]),
    st.sampled_from(["include:inc.example", "-all", "~all", "?all", "redirect=inc.example", "exp=e.example"]),
    st.sampled_from(["?a:mail.example.com", "-ip6:2001:db8::/64"]),
)
texts = st.lists(words, max_size=5, unique=True).map(lambda found: " ".join(["v=spf1", *found]))


@settings(deadline=None)
@given(st.lists(texts, max_size=2), st.integers(1, 5), st.booleans())
def test_nobody_who_may_send_loses_it_and_we_may(existing: list[str], host: int, six: bool) -> None:
    merged = merge(existing, OWN, ["inc.example"])
    ip = f"2001:db8::{host}" if six else f"192.0.2.{host}"

    def verdict(record: str) -> Verdict:
        found = evaluate(ZONE.lookup, ip=ip, mail_from="x@example.com", helo="h.example", record=record)
        return asyncio.run(found).verdict

    after = verdict(merged.record)
    assume(after is not Verdict.PERMERROR)
    if host in (1, 3):
        assert after is Verdict.PASS or any("-ip6:2001:db8::/64" in text for text in existing)
    if len(existing) == 1 and verdict(existing[0]) is Verdict.PASS:
        assert after is Verdict.PASS
    assert merge([merged.record], OWN, ["inc.example"]).is_same


@given(st.lists(st.one_of(st.text(), st.text(alphabet='"\\ v=spf1-all:ip46a.%{}', max_size=30)), max_size=3))
def test_whatever_stands_a_valid_record_comes_out(existing: list[str]) -> None:
    assert parse(merge(existing, OWN).record).mechanisms[0].text == "a:mail.example.com"
