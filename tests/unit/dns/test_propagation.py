"""Where a record is seen, and until when the others may remember what stood there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.mistakes import Mistake
from mailwizard.dns.propagation import latest_sight, view
from mailwizard.dns.wanted_record import Wanted

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=timezone.utc)
WANTED = Wanted("_dmarc.example.com", "TXT", "v=DMARC1; p=none", "dmarc")
SPF = Wanted("example.com", "TXT", "v=spf1 a:smtp.example.com ~all", "spf")
MISSING = Mistake("missing", "There is none.", "Publish it.")


def said(server: str, *values: str, wanted: Wanted = WANTED, ttl: int = 1800) -> Answer:
    records = tuple(Record(wanted.name, "TXT", ttl, value) for value in values)
    return Answer(wanted.name, "TXT", Outcome.FOUND, records, server=server)


def denied(server: str, ttl: int) -> Answer:
    soa = Record("example.com", "SOA", ttl, "ns1.example.com hostmaster.example.com 1 7200 3600 1209600 3600")
    return Answer(WANTED.name, "TXT", Outcome.NO_NAME, authority=(soa,), server=server)


def silent(server: str) -> Answer:
    return Answer(WANTED.name, "TXT", Outcome.UNKNOWN, server=server, why="timed out")


def test_each_cell_says_what_its_server_says() -> None:
    told = (
        said("1.1.1.1", "v=DMARC1;p=none"),
        said("8.8.8.8", "v=DMARC1; p=reject"),
        denied("9.9.9.9", 600),
        silent("192.0.2.53"),
    )
    seen = view(WANTED, [said("ns1", WANTED.value), said("ns2", WANTED.value)], told, NOW, None)
    assert seen.is_published and not seen.is_visible
    assert [cell.state for cell in seen.resolvers] == ["ok", "waits", "waits", "unknown"]
    assert [cell.until for cell in seen.resolvers[1:3]] == [NOW + timedelta(minutes=30), NOW + timedelta(minutes=10)]
    assert seen.until == NOW + timedelta(minutes=30)
    local = (NOW + timedelta(minutes=30)).astimezone()
    assert [cell.word for cell in seen.resolvers] == ["ok", f"by {local:%H:%M}", *(seen.resolvers[2].word, "unknown")]


def test_nobody_waits_for_what_is_not_published() -> None:
    seen = view(WANTED, [said("ns1", WANTED.value), denied("ns2", 300)], [denied("1.1.1.1", 600)], NOW, MISSING)
    assert [cell.word for cell in seen.authoritative] == ["ok", "missing"]
    assert [cell.word for cell in seen.resolvers] == ["missing"]
    assert seen.until is None and not seen.is_published


def test_other_text_at_the_name_is_missing_and_a_wrong_record_is_wrong() -> None:
    answers = [said("ns1", "hello"), said("ns2", "v=DMARC1; p=reject")]
    assert [cell.word for cell in view(WANTED, answers, [], NOW, MISSING).authoritative] == ["missing", "wrong"]


def test_nothing_asked_is_not_published() -> None:
    assert not view(WANTED, [], [], NOW, None).is_published
    assert not view(WANTED, [silent("ns1")], [], NOW, None).is_published


def test_a_differing_spf_record_that_is_good_is_good_at_resolvers_too() -> None:
    other = "v=spf1 ip4:198.51.100.7 -all"
    held = [said("ns1", other, wanted=SPF)]
    told = [said("1.1.1.1", other, wanted=SPF), said("8.8.8.8", "v=spf1 -all", wanted=SPF)]
    assert [cell.state for cell in view(SPF, held, told, NOW, None).resolvers] == ["ok", "waits"]
    assert latest_sight(SPF, told, held, NOW).lagging == (told[1],)


def test_sight_names_who_lags_and_the_latest_moment() -> None:
    told = [said("1.1.1.1", WANTED.value), denied("8.8.8.8", 60), denied("9.9.9.9", 90)]
    sight = latest_sight(WANTED, told, (), NOW)
    assert (sight.lagging, sight.until, sight.seen) == (tuple(told[1:]), NOW + timedelta(seconds=90), True)


def test_what_no_resolver_answers_is_not_seen() -> None:
    told = [silent("1.1.1.1"), silent("8.8.8.8")]
    sight = latest_sight(WANTED, told, (), NOW)
    assert (sight.lagging, sight.silent, sight.seen) == ((), tuple(told), False)
    assert latest_sight(WANTED, [], (), NOW).seen  # nobody was to be asked


def test_an_alias_that_is_gone_is_remembered_for_its_own_time() -> None:
    gone = Record(WANTED.name, "CNAME", 7200, "x.other.example")
    told = [replace(denied("8.8.8.8", 60), aliases=(gone,))]
    held = [said("ns1", WANTED.value)]
    assert latest_sight(WANTED, told, held, NOW).until == NOW + timedelta(seconds=7200)
    still = [replace(held[0], aliases=(gone,))]
    assert latest_sight(WANTED, told, still, NOW).until == NOW + timedelta(seconds=60)


def test_a_resolver_without_soa_lags_without_a_moment() -> None:
    bare = Answer(WANTED.name, "TXT", Outcome.NO_DATA, server="1.1.1.1")
    sight = latest_sight(WANTED, [bare, silent("8.8.8.8")], (), NOW)
    assert (sight.lagging, sight.until) == ((bare,), None)
    assert view(WANTED, [said("ns1", WANTED.value)], [bare], NOW, None).resolvers[0].word == "missing"
