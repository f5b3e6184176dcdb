"""Mistakes named from answers that no zone file gives: silence, interception, hostile text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.mistakes import name_mistake
from mailwizard.dns.mistakes_remarks import remarks
from mailwizard.dns.mistakes_servers import sorted_out
from mailwizard.dns.wanted_record import Wanted, split_text
from mailwizard.finding import Status
from mailwizard.text import printable
from tests.unit.dns.mistake_cases import WANTED

DMARC = next(wanted for wanted in WANTED if wanted.purpose == "dmarc")
NS1, NS1_V6, NS2 = "ns1.example.com (192.0.2.1)", "ns1.example.com (2001:db8::1)", "ns2.example.com (192.0.2.2)"


async def nothing(name: str, kind: str) -> Answer:
    return Answer(name, kind, Outcome.NO_NAME, authoritative=True)


async def silence(name: str, kind: str) -> Answer:
    return Answer(name, kind, Outcome.UNKNOWN, why="timed out")


def found(wanted: Wanted, values: Sequence[str], server: str = NS1) -> Answer:
    records = tuple(Record(wanted.name, wanted.type, 60, value) for value in values)
    outcome = Outcome.FOUND if records else Outcome.NO_DATA
    return Answer(wanted.name, wanted.type, outcome, records, server=server, authoritative=True)


def failed(why: str, server: str, recursive: bool = False) -> Answer:
    return Answer(DMARC.name, "TXT", Outcome.UNKNOWN, server=server, why=why, recursive=recursive)


async def cause(*answers: Answer) -> str:
    mistake = await name_mistake(DMARC, answers, "example.com", nothing)
    return mistake.cause if mistake else ""


HELD, ABSENT = found(DMARC, [DMARC.value]), found(DMARC, [], NS2)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((), "no_answer"),
        ((failed("timed out", NS1),), "no_answer"),
        ((failed("timed out", NS1), failed("SERVFAIL", NS2)), "no_answer"),
        ((failed("too many open files", NS1),), "no_answer"),
        ((failed("REFUSED", NS1), failed("timed out", NS2)), "no_answer"),
        ((failed("REFUSED", NS1), failed("NOTAUTH", NS2)), "lame_delegation"),
        ((HELD,), ""),
        ((HELD, failed("timed out", NS1_V6)), ""),
        ((HELD, failed("timed out", NS2)), "no_answer"),
        ((HELD, failed("SERVFAIL", NS2)), "lame_delegation"),
        ((HELD, failed("referred to other servers", NS2)), "lame_delegation"),
        ((HELD, ABSENT), "not_yet_everywhere"),
        ((ABSENT, failed("timed out", NS1)), "missing"),
        ((ABSENT, failed("REFUSED", NS1)), "missing"),
    ],
)
async def test_what_several_servers_come_to(answers: tuple[Answer, ...], expected: str) -> None:
    assert await cause(*answers) == expected


async def test_silence_is_unknown_and_never_missing() -> None:
    mistake = await name_mistake(DMARC, [failed("timed out", NS1), failed("SERVFAIL", NS2)], "example.com", silence)
    assert mistake is not None
    assert mistake.status is Status.UNKNOWN
    assert mistake.sentence.startswith("ns1.example.com and ns2.example.com did not answer")


async def test_the_servers_that_lag_are_named() -> None:
    mistake = await name_mistake(DMARC, [HELD, ABSENT], "example.com", nothing)
    assert mistake is not None
    assert mistake.status is Status.FAILED
    assert "ns1.example.com has the TXT record" in mistake.sentence
    assert "ns2.example.com does not have it yet" in mistake.sentence


async def test_a_referral_that_nobody_followed_is_another_zone() -> None:
    below = (Record("_dmarc.example.com", "NS", 60, "ns.other.example"),)
    answer = Answer(DMARC.name, "TXT", Outcome.UNKNOWN, authority=below, server=NS1, why="referred to other servers")
    mistake = await name_mistake(DMARC, [answer], "example.com", nothing)
    assert mistake is not None
    assert mistake.cause == "wrong_zone"
    assert "ns.other.example" in mistake.sentence


def test_a_resolver_in_the_place_of_the_server_is_not_listened_to() -> None:
    answer = Answer(DMARC.name, "TXT", Outcome.NO_NAME, server=NS1, recursive=True)
    assert sorted_out([answer]).speaking == ()


@pytest.mark.parametrize(("owner", "expected"), [("example.com", "missing"), ("com", "wrong_zone"), ("", "wrong_zone")])
async def test_a_zone_that_nobody_found_is_read_from_the_answer(owner: str, expected: str) -> None:
    soa = Record(owner, "SOA", 60, "ns1.example.com hostmaster.example.com 1 7200 3600 1209600 300")
    answer = Answer(DMARC.name, "TXT", Outcome.NO_NAME, authority=(soa,), server=NS1, authoritative=True)
    mistake = await name_mistake(DMARC, [answer], "", nothing)
    assert mistake is not None
    assert mistake.cause == expected


async def test_probes_without_an_answer_leave_it_missing() -> None:
    mistake = await name_mistake(DMARC, [ABSENT], "example.com", silence)
    assert mistake is not None
    assert mistake.cause == "missing"
    assert mistake.fix.endswith(DMARC.value)


async def test_nothing_more_is_asked_where_all_is_well() -> None:
    async def never(name: str, kind: str) -> Answer:
        raise AssertionError(f"{name} {kind} was asked")

    for wanted in WANTED:
        if not wanted.purpose.startswith("spf"):
            assert await name_mistake(wanted, [found(wanted, [wanted.value])], "example.com", never) is None


async def test_an_spf_record_whose_include_is_silent_cannot_be_judged() -> None:
    spf = next(wanted for wanted in WANTED if wanted.purpose == "spf")
    mistake = await name_mistake(spf, [found(spf, [spf.value])], "example.com", silence)
    assert mistake is not None
    assert (mistake.cause, mistake.status) == ("no_answer", Status.UNKNOWN)


async def test_what_was_found_is_shown_in_printable_form() -> None:
    value = "v=DMARC1; p=none\x1b[31m; x=" + "é".encode().decode("latin-1")
    mistake = await name_mistake(DMARC, [found(DMARC, [value])], "example.com", nothing)
    assert mistake is not None
    assert mistake.found == ("v=DMARC1; p=none\\x1b[31m; x=é",)


@pytest.mark.parametrize(
    ("purpose", "change", "said"),
    [
        ("dkim", ("k=rsa", "k=rsa; t=y"), "t=y says that you only test"),
        ("dmarc", ("fo=1", "fo=1; pct=50"), "pct was removed by RFC 9989"),
        ("spf_include", ("~all", "ptr ~all"), "ptr"),
        ("spf", ("~all", "?all"), "?all"),
    ],
)
def test_what_is_good_and_unwise_is_remarked(purpose: str, change: tuple[str, str], said: str) -> None:
    wanted = next(wanted for wanted in WANTED if wanted.purpose == purpose)
    assert remarks(wanted, (wanted.value, "hello")) == ()
    assert said in " ".join(remarks(wanted, (wanted.value.replace(*change),)))
    assert remarks(wanted, ()) == ()


@given(st.sampled_from(WANTED), st.lists(st.text(max_size=60).map(lambda t: t.encode().decode("latin-1")), max_size=4))
async def test_no_text_breaks_the_judging(wanted: Wanted, texts: list[str]) -> None:
    values = {"A": ["192.0.2.9"], "AAAA": ["2001:db8::9"]}.get(wanted.type, texts)
    values = [f"{len(text)} {text}" for text in values] if wanted.type == "MX" else values
    mistake = await name_mistake(wanted, [found(wanted, values)], "example.com", nothing)
    assert mistake is not None
    assert mistake.fix
    for text in (mistake.sentence, mistake.fix, *mistake.found):
        assert printable(text) == text


@given(st.text())
def test_strings_of_a_value_are_short_and_whole(text: str) -> None:
    strings = split_text(text)
    assert "".join(strings) == text
    assert all(len(string.encode()) <= 255 for string in strings)
