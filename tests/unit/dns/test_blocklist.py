from __future__ import annotations

import asyncio

import pytest

from mailwizard.dns.blocklist import Blocklists, Listing, ListingState, kind_of, query_name
from tests.unit.dns.spf_zone import Rows, Zone

LIST = "bl.example"
SIX_TEST = "2.0.0.0.0.0.f.7.f.f.f.f." + "0." * 20
SOUND: dict[str, Rows] = {
    f"2.0.0.127.{LIST}": [("A", "127.0.0.2")],
    f"{SIX_TEST}{LIST}": [("A", "127.0.0.2")],
    f"test.{LIST}": [("A", "127.0.0.2")],
    f"7.100.51.198.{LIST}": [("A", "127.0.0.4"), ("A", "127.0.0.10"), ("TXT", "see https://bl.example/7")],
    f"spam.example.{LIST}": [("A", "127.0.1.2")],
}


async def one(rows: dict[str, Rows], subject: str, zone: str = LIST) -> Listing:
    return (await Blocklists(Zone(rows).lookup, [zone]).about(subject))[0]


def test_names_to_ask_for() -> None:
    assert query_name(LIST, "198.51.100.7") == "7.100.51.198.bl.example"
    assert query_name(LIST, "2001:db8::7") == "7.0.0.0." + "0.0.0.0." * 5 + "8.b.d.0.1.0.0.2.bl.example"
    assert query_name("BL.example.", "Example.com.") == "example.com.bl.example"
    assert [kind_of(text) for text in ("192.0.2.1", "::1", "example.com")] == ["ipv4", "ipv6", "domain"]


async def test_sound_list_is_believed() -> None:
    listed = await one(SOUND, "198.51.100.7")
    assert listed.state is ListingState.LISTED
    assert (listed.codes, listed.text) == (("127.0.0.4", "127.0.0.10"), "see https://bl.example/7")
    assert (await one(SOUND, "198.51.100.8")).state is ListingState.NOT_LISTED
    assert (await one(SOUND, "2001:db8::7")).state is ListingState.NOT_LISTED
    assert (await one(SOUND, "spam.example")).state is ListingState.LISTED
    assert (await one(SOUND, "example.com")).state is ListingState.NOT_LISTED


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({f"2.0.0.127.{LIST}": []}, "test entry 127.0.0.2 is missing"),
        ({f"1.0.0.127.{LIST}": [("A", "127.0.0.2")]}, "it lists everything"),
        ({f"2.0.0.127.{LIST}": [("TIMEOUT", None)]}, "no usable answer (timed out)"),
        ({f"1.0.0.127.{LIST}": [("TIMEOUT", None)]}, "no usable answer (timed out)"),
        ({f"2.0.0.127.{LIST}": [("A", "127.255.255.254")]}, "does not answer public resolvers"),
        ({f"2.0.0.127.{LIST}": [("A", "127.255.255.252")]}, "name is misspelt"),
        ({f"8.100.51.198.{LIST}": [("A", "127.255.255.255")]}, "asked too often"),
        ({f"8.100.51.198.{LIST}": [("A", "127.255.255.9")]}, "refuses to answer (127.255.255.9)"),
        ({f"8.100.51.198.{LIST}": [("A", "127.0.0.1")]}, "refuses this resolver"),
        ({f"8.100.51.198.{LIST}": [("A", "203.0.113.80")]}, "makes answers up"),
        ({f"8.100.51.198.{LIST}": [("TIMEOUT", None)]}, "no usable answer (timed out)"),
    ],
)
async def test_doubt_is_never_clean(change: dict[str, Rows], why: str) -> None:
    found = await one({**SOUND, **change}, "198.51.100.8")
    assert found.state is ListingState.UNKNOWN and why in found.why


async def test_lists_of_one_kind_only() -> None:
    only_four = {name: rows for name, rows in SOUND.items() if name not in (f"{SIX_TEST}{LIST}", f"test.{LIST}")}
    for subject in ("2001:db8::7", "example.com"):
        assert (await one(only_four, subject)).state is ListingState.NOT_OFFERED
    names: dict[str, Rows] = {
        "dbltest.com.dbl.spamhaus.org": [("A", "127.0.1.2")],
        "2.0.0.127.dbl.spamhaus.org": [("A", "127.0.1.255")],
        "1.0.0.127.dbl.spamhaus.org": [("A", "127.0.1.255")],
    }
    assert (await one(names, "example.com", "dbl.spamhaus.org")).state is ListingState.NOT_LISTED
    assert (await one(names, "198.51.100.8", "dbl.spamhaus.org")).state is ListingState.NOT_OFFERED


async def test_test_entries_are_asked_once_for_each_list_and_kind() -> None:
    world = Zone(SOUND)
    subjects = ["198.51.100.7", "198.51.100.8", "2001:db8::7"]
    lists = Blocklists(world.lookup, [LIST, "dead.example"])
    found = [listing for listings in await asyncio.gather(*map(lists.about, subjects)) for listing in listings]
    assert [(f.zone, f.subject) for f in found] == [(zone, s) for s in subjects for zone in (LIST, "dead.example")]
    assert world.asked.count((f"2.0.0.127.{LIST}", "A")) == 1
    assert {f.state for f in found if f.zone == "dead.example"} == {ListingState.UNKNOWN, ListingState.NOT_OFFERED}
    assert not any(name == "8.100.51.198.dead.example" for name, _ in world.asked)
