from __future__ import annotations

from mailwizard.dns.spf_count import count
from tests.unit.dns.spf_zone import Rows, Zone


def zone(extra: dict[str, Rows] | None = None) -> Zone:
    return Zone(
        {
            "example.com": [
                ("TXT", "v=spf1 a:mail.example.com include:_spf.big.example ip4:192.0.2.9 -all include:dead.example")
            ],
            "mail.example.com": [("A", "192.0.2.1")],
            "_spf.big.example": [("TXT", "v=spf1 include:_a.big.example include:_b.big.example ~all")],
            "_a.big.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 -all")],
            "_b.big.example": [
                ("TXT", "v=spf1 mx ptr exists:%{i}.list.example redirect=_a.big.example"),
                ("MX", (5, "mx.example")),
            ],
            "mx.example": [("A", "192.0.2.3"), ("AAAA", "2001:db8::3")],
            **(extra or {}),
        }
    )


async def test_counts_every_term_up_to_all_through_includes() -> None:
    found = await count(zone().lookup, "Example.com.")
    assert found.lookups == 2 + 2 + 4
    assert found.sentence == "8 of 10 look-ups"
    assert [(term.term, term.lookups) for term in found.terms] == [
        ("a:mail.example.com", 1),
        ("include:_spf.big.example", 7),
    ]
    assert [(t.term, t.lookups) for t in found.terms[1].within] == [
        ("include:_a.big.example", 1),
        ("include:_b.big.example", 5),
    ]
    assert not found.problems and not found.unknown and not found.is_too_many


async def test_counts_void_lookups_for_each_family() -> None:
    found = await count(zone().lookup, "example.com")
    assert (found.void_ipv4, found.void_ipv6) == (0, 1)  # mail.example.com has no AAAA
    more = await count(zone().lookup, "example.com", "v=spf1 a:x.example mx:y.example exists:z.example -all")
    assert (more.void_ipv4, more.void_ipv6) == (3, 3)
    assert more.is_too_void(4) and more.is_too_void(6) and not found.is_too_void(6)


async def test_asks_each_question_once() -> None:
    world = zone()
    await count(world.lookup, "example.com")
    assert len(world.asked) == len(set(world.asked))
    assert ("dead.example", "TXT") not in world.asked


async def test_eleven_are_too_many() -> None:
    found = await count(zone().lookup, "example.com", "v=spf1 " + "a:mail.example.com " * 11 + "-all")
    assert found.lookups == 11 and found.is_too_many


async def test_silence_is_unknown_and_not_missing() -> None:
    found = await count(zone({"_b.big.example": [("TIMEOUT", None)]}).lookup, "example.com")
    assert found.unknown == ("TXT of _b.big.example (timed out)",)
    assert found.sentence == "at least 4 of 10 look-ups" and not found.problems and found.void_ipv4 == 0


async def test_include_without_record_is_a_problem() -> None:
    found = await count(zone().lookup, "example.com", "v=spf1 include:mx.example include:two.example -all")
    assert found.problems[0] == (
        'mx.example has no SPF record. "include:mx.example" in the SPF record of example.com needs it.'
    )
    assert found.problems[1].startswith("two.example has no SPF record.")


async def test_loops_and_broken_records_are_named() -> None:
    world = zone(
        {
            "l1.example": [("TXT", "v=spf1 include:l2.example -all")],
            "l2.example": [("TXT", "v=spf1 include:l1.example include:bad.example -all")],
            "bad.example": [("TXT", "v=spf1 ipv4:192.0.2.1 -all")],
            "twice.example": [("TXT", "v=spf1 -all"), ("TXT", "v=spf1 mx -all")],
        }
    )
    found = await count(world.lookup, "l1.example")
    assert found.lookups == 3
    assert "leads back to l1.example" in found.problems[0]
    assert found.problems[1].startswith('The SPF record of bad.example is not valid: there is no such term (in "ipv4:')
    assert (await count(world.lookup, "twice.example")).problems == ("twice.example has 2 SPF records.",)
    assert (await count(world.lookup, "nothing.example")).problems == ("nothing.example has no SPF record.",)


async def test_more_than_ten_mail_servers_are_named() -> None:
    many: Rows = [("MX", (n, f"m{n}.example")) for n in range(12)]
    found = await count(zone({"many.example": many}).lookup, "example.com", "v=spf1 mx:many.example -all")
    assert found.problems == ("many.example has 12 mail servers; an SPF record may use 10 at most.",)


async def test_many_records_that_name_one_another_end() -> None:
    names = [f"r{n}.example" for n in range(90)]
    text = "v=spf1 " + " ".join(f"include:{name}" for name in names) + " -all"
    world = Zone({name: [("TXT", text)] for name in names})
    found = await count(world.lookup, "r0.example")
    assert found.is_too_many and found.problems
