"""DMARC by RFC 9989: read, walked, merged, aligned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.dmarc import compose, merge
from mailwizard.dns.dmarc_record import (
    DmarcRecord,
    effective_policy,
    is_dmarc,
    missing_subdomain_policy,
    parse,
    subdomain_policy,
)
from mailwizard.dns.dmarc_reports import Consent, aligned_relaxed, aligned_strictly, report_consent, report_domain
from mailwizard.dns.dmarc_walk import applied_policy, applied_policy_of_missing, walk, walk_names


class Zone:
    """TXT records in a dictionary; remembers what was asked."""

    def __init__(self, texts: dict[str, list[str] | None]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    async def __call__(self, name: str, kind: str) -> Answer:
        self.asked.append(name)
        texts = self.texts.get(name, [])
        if texts is None:
            return Answer(name, kind, Outcome.UNKNOWN, why="timed out")
        records = tuple(Record(name, kind, 60, text) for text in texts)
        return Answer(name, kind, Outcome.FOUND if records else Outcome.NO_NAME, records)


def read(text: str) -> DmarcRecord:
    record = parse(text)
    assert record is not None
    return record


@pytest.mark.parametrize("text", ["v=DMARC1", "v=DMARC1; p=none", " v = DMARC1 ;p=reject"])
def test_the_version_makes_it_a_dmarc_record(text: str) -> None:
    assert is_dmarc(text)


@pytest.mark.parametrize(
    "text", ["", "p=reject", "v=dmarc1; p=none", "v=DMARC2; p=none", "v=DMARC1 p=none", "v=spf1 -all"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse(text) is None


def test_each_tag_is_read() -> None:
    record = read(
        "v=DMARC1; p=Reject; sp=quarantine; np=reject; adkim=s; aspf=S; fo=1:d:s; psd=n; t=y;"
        " rua=mailto:a@x.example!10m, mailto:b@y.example"
    )
    assert (record.p, record.sp, record.np, record.adkim, record.aspf) == ("reject", "quarantine", "reject", "s", "s")
    assert (record.fo, record.psd, record.is_test) == (("1", "d", "s"), "n", True)
    assert record.rua == ("mailto:a@x.example", "mailto:b@y.example")
    assert record.warnings == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v=DMARC1; p=none; pct=50", "pct was removed"),
        ("v=DMARC1; p=none; rf=afrf", "rf was removed"),
        ("v=DMARC1; p=none; ri=3600", "ri was removed"),
        ("v=DMARC1; p=none; xyz=1", "xyz is no tag"),
        ("v=DMARC1; p=quarantin", "p=quarantin is none of"),
        ("v=DMARC1; rua=mailto:a@x.example", "p is missing"),
        ("v=DMARC1; p=none; rua=a@x.example", "write mailto:"),
    ],
)
def test_what_is_odd_is_said(text: str, said: str) -> None:
    assert any(said in warning for warning in read(text).warnings)


def test_odd_values_fall_back_to_the_default() -> None:
    record = read("v=DMARC1; p=none; adkim=x; aspf=; fo=0:1; psd=maybe; t=x")
    assert (record.adkim, record.aspf, record.fo, record.psd, record.is_test) == ("r", "r", ("0",), "u", False)


@pytest.mark.parametrize(
    ("text", "own", "sub", "missing"),
    [
        ("v=DMARC1; p=reject", "reject", "reject", "reject"),
        ("v=DMARC1; p=reject; sp=none", "reject", "none", "none"),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", "none", "quarantine", "reject"),
        ("v=DMARC1; p=reject; sp=quarantine; t=y", "quarantine", "none", "none"),
        ("v=DMARC1", "none", "none", "none"),
    ],
)
def test_policies_and_test_mode(text: str, own: str, sub: str, missing: str) -> None:
    record = read(text)
    assert (effective_policy(record), subdomain_policy(record), missing_subdomain_policy(record)) == (own, sub, missing)


def test_a_wrong_policy_needs_a_report_address_to_count() -> None:
    assert not read("v=DMARC1; p=rejekt").is_usable
    assert read("v=DMARC1; p=rejekt; rua=mailto:a@x.example").is_usable
    assert read("v=DMARC1").is_usable


def test_the_walk_asks_at_most_eight_times() -> None:
    assert walk_names("a.example.com") == ("a.example.com", "example.com", "com")
    names = walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com")
    assert names[:3] == ("a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com")
    assert len(names) == 8 and names[-1] == "com"
    assert walk_names("a.b.c.d.e.f.g.h")[1] == "b.c.d.e.f.g.h"


async def test_the_record_with_the_fewest_labels_names_the_organisation() -> None:
    zone = Zone({"_dmarc.a.b.example.com": ["v=DMARC1; p=none"], "_dmarc.example.com": ["v=DMARC1; p=reject"]})
    found = await walk("a.b.example.com", zone)
    assert found.organisation == "example.com"
    assert found.applying is not None and found.applying[0] == "a.b.example.com"
    assert zone.asked[-1] == "_dmarc.com"


async def test_psd_n_ends_the_walk() -> None:
    zone = Zone({"_dmarc.b.example.com": ["v=DMARC1; psd=n"], "_dmarc.example.com": ["v=DMARC1; p=reject"]})
    found = await walk("a.b.example.com", zone)
    assert found.organisation == "b.example.com"
    assert zone.asked == ["_dmarc.a.b.example.com", "_dmarc.b.example.com"]


async def test_below_a_public_suffix_stands_the_organisation() -> None:
    zone = Zone({"_dmarc.co.example": ["v=DMARC1; p=reject; sp=quarantine; psd=y"]})
    found = await walk("mail.shop.co.example", zone)
    assert found.organisation == "shop.co.example"
    assert found.applying is not None and found.applying[0] == "co.example"
    policy = await applied_policy("mail.shop.co.example", zone)
    assert policy is not None and (policy.policy, policy.owner) == ("quarantine", "co.example")


async def test_two_records_count_as_none_and_silence_is_kept() -> None:
    zone = Zone({"_dmarc.example.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "_dmarc.com": None})
    found = await walk("Example.com.", zone)
    assert (found.found, found.organisation, len(found.unknown)) == ((), "example.com", 1)
    assert await applied_policy("example.com", zone) is None


async def test_a_missing_name_gets_np() -> None:
    zone = Zone({"_dmarc.example.com": ["v=DMARC1; p=none; np=reject"]})
    policy = await applied_policy_of_missing("nothing.example.com", zone)
    assert policy is not None and policy.policy == "reject"


@pytest.mark.parametrize(
    ("uri", "domain"),
    [
        ("mailto:a@Example.NET", "example.net"),
        ("MAILTO:a%40b@x.example?subject=r", "x.example"),
        ("https://x.example/", ""),
        ("mailto:a", ""),
    ],
)
def test_the_domain_of_a_report_address(uri: str, domain: str) -> None:
    assert report_domain(uri) == domain


@pytest.mark.parametrize(
    ("texts", "consent"),
    [
        ({"example.com._report._dmarc.other.example": ["v=DMARC1;"]}, Consent.GIVEN),
        ({"example.com._report._dmarc.other.example": ["v=spf1 -all"]}, Consent.MISSING),
        ({}, Consent.MISSING),
        ({"example.com._report._dmarc.other.example": None}, Consent.UNKNOWN),
        ({"_dmarc.other.example": None}, Consent.UNKNOWN),
    ],
)
async def test_a_foreign_report_address_needs_consent(texts: dict[str, list[str] | None], consent: Consent) -> None:
    answer = await report_consent("example.com", "mailto:a@other.example", Zone(texts))
    assert answer is not None
    assert (answer.consent, answer.record) == (consent, "example.com._report._dmarc.other.example")


async def test_ones_own_organisation_needs_none() -> None:
    zone = Zone({"_dmarc.example.com": ["v=DMARC1; p=none"]})
    for uri in ("mailto:a@example.com", "mailto:a@reports.example.com"):
        answer = await report_consent("example.com", uri, zone)
        assert answer is not None and answer.consent is Consent.NOT_NEEDED
    assert await report_consent("example.com", "https://example.com/", zone) is None


async def test_alignment() -> None:
    zone = Zone({"_dmarc.example.com": ["v=DMARC1; p=none"], "_dmarc.broken.example": None})
    assert aligned_strictly("Example.com.", "example.com")
    assert not aligned_strictly("example.com", "mail.example.com")
    assert await aligned_relaxed("example.com", "mail.example.com", zone) is True
    assert await aligned_relaxed("example.com", "example.net", zone) is False
    assert await aligned_relaxed("example.com", "broken.example", zone) is None


def test_a_new_record() -> None:
    assert compose("none") == "v=DMARC1; p=none"
    assert compose("none", fo="1") == "v=DMARC1; p=none"
    text = compose("quarantine", "rua@example.com", "ruf@example.com, x!y@example.com", "1")
    assert text == (
        "v=DMARC1; p=quarantine; rua=mailto:rua@example.com; ruf=mailto:ruf@example.com,mailto:x%21y@example.com; fo=1"
    )
    assert read(text).warnings == ()


def test_merging_keeps_what_is_others_and_says_what_changes() -> None:
    old = "v=DMARC1; p=none; pct=50; ri=3600; rua=mailto:agg@service.example; adkim=s; sp=reject"
    merged = merge([old], "quarantine", "rua@example.com", "ruf@example.com", "1")
    assert merged.value == (
        "v=DMARC1; p=quarantine; sp=reject; rua=mailto:agg@service.example,mailto:rua@example.com;"
        " ruf=mailto:ruf@example.com; fo=1; adkim=s"
    )
    assert merged.changes == (
        "The policy changes from none to quarantine.",
        "Reports go to rua@example.com as well; agg@service.example still gets them.",
        "Failure reports go to ruf@example.com.",
        "fo changes from 0 to 1.",
        "pct and ri go, as RFC 9989 removed them.",
    )


def test_merging_what_is_there_already_changes_nothing() -> None:
    text = compose("reject", "rua@example.com", "ruf@example.com", "1")
    assert merge([text], "reject", "RUA@example.com", "ruf@example.com", "1") == merge([text], "reject")
    assert merge([text], "reject", "rua@example.com", "ruf@example.com", "1").changes == ()


def test_text_that_is_no_record_is_replaced() -> None:
    assert merge(["hello"], "reject").value == "v=DMARC1; p=reject"
    assert merge([], "none").changes == ()


@pytest.mark.parametrize(
    "mangled",
    [
        "v=dmarc1; p=none; rua=mailto:x@other.example",
        '"v=DMARC1; p=none; rua=mailto:x@other.example"',
        "v=DMARC1\\; p=none\\; rua=mailto:x@other.example",
        "V = DMARC1, p=none, rua=x@other.example",
        "v=DMARC1 p=none rua=mailto:x@other.example",
        "“v=DMARC1; p=none; rua=mailto:x@other.example”".encode().decode("latin-1"),
    ],
)
def test_merging_keeps_the_addresses_of_a_mangled_record(mangled: str) -> None:
    merged = merge([mangled], "reject", "rua@example.com")
    assert merged.value == "v=DMARC1; p=reject; rua=mailto:x@other.example,mailto:rua@example.com"


def test_of_several_records_one_is_made() -> None:
    stand = ["v=DMARC1; p=none; sp=none; rua=mailto:a@x.example,mailto:b@y.example", "v=DMARC1; rua=mailto:B@y.example"]
    merged = merge([*stand, "v=DMARC1; p=reject; adkim=s; ruf=mailto:c@z.example"], "quarantine")
    assert merged.value == (
        "v=DMARC1; p=quarantine; sp=none; rua=mailto:a@x.example,mailto:b@y.example; ruf=mailto:c@z.example; adkim=s"
    )


@given(st.text(max_size=300), st.sampled_from(["none", "quarantine", "reject"]))
def test_no_text_breaks_reading_or_merging(text: str, policy: str) -> None:
    for candidate in (text, "v=DMARC1;" + text):
        parse(candidate)
        merged = read(merge([candidate], policy, "rua@example.com").value)
        assert merged.p == policy
        assert "mailto:rua@example.com" in merged.rua
        assert not {"pct", "rf", "ri"} & {name for name, _ in merged.tags}


@given(st.from_regex(r"[a-z]{1,3}(\.[a-z]{1,3}){0,20}", fullmatch=True))
def test_no_name_is_asked_for_twice_in_a_walk(name: str) -> None:
    names = walk_names(name)
    assert len(set(names)) == len(names) <= 8
