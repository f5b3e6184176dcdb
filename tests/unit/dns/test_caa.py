"""CAA: read, climbed, judged, added to (RFC 8659)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.answer import Answer, EveryServer, Outcome, Record
from mailwizard.dns.caa import CaaRecord, allows, allows_wildcard, climb, parse, to_add, to_add_for_wildcard


def records(*values: str) -> list[CaaRecord]:
    parsed = [record for record in map(parse, values) if record]
    assert len(parsed) == len(values)
    return parsed


def served(*zones: dict[str, list[str] | None]) -> EveryServer:
    """The servers ns0, ns1, ..., each with what it has; None: no answer."""

    def answer(server: int, name: str, kind: str) -> Answer:
        values = zones[server].get(name, [])
        if values is None:
            return Answer(name, kind, Outcome.UNKNOWN, server=f"ns{server}", why="SERVFAIL")
        found = tuple(Record(name, kind, 60, value) for value in values)
        return Answer(name, kind, Outcome.FOUND if found else Outcome.NO_DATA, found, server=f"ns{server}")

    async def everywhere(name: str, kind: str) -> list[Answer]:
        return [answer(server, name, kind) for server in range(len(zones))]

    return everywhere


@pytest.mark.parametrize(
    ("value", "flags", "tag", "issuer"),
    [
        ('0 issue "letsencrypt.org"', 0, "issue", "letsencrypt.org"),
        ('128 ISSUE "LetsEncrypt.org."', 128, "issue", "letsencrypt.org"),
        ("0 issue letsencrypt.org", 0, "issue", "letsencrypt.org"),
        ('0 issue ";"', 0, "issue", ""),
        ('0 issuewild "ca.example; accounturi=https://ca.example/1"', 0, "issuewild", "ca.example"),
    ],
)
def test_a_record_is_read(value: str, flags: int, tag: str, issuer: str) -> None:
    record = parse(value)
    assert record is not None
    assert (record.flags, record.tag, record.issuer) == (flags, tag, issuer)


@pytest.mark.parametrize("value", ["", "issue", "0 issue", "256 issue x", '0 is-sue "x"', '0 issue "x" y', "x issue y"])
def test_what_is_none_is_none(value: str) -> None:
    parsed = parse(value)
    assert parsed is None


@pytest.mark.parametrize(
    ("values", "name", "wildcard"),
    [
        ((), True, True),
        (('0 iodef "mailto:a@example.com"',), True, True),
        (('0 issue "letsencrypt.org"',), True, True),
        (('0 issue "other.example"',), False, False),
        (('0 issue ";"',), False, False),
        (('0 issue "other.example"', '0 issue "letsencrypt.org"'), True, True),
        (('0 issue "letsencrypt.org"', '0 issuewild ";"'), True, False),
        (('0 issue "other.example"', '0 issuewild "letsencrypt.org"'), False, True),
        (('0 issuewild "other.example"',), True, False),
        (('0 issue "letsencrypt.org"', '128 future "x"'), False, False),
        (('0 issue "letsencrypt.org"', '0 future "x"'), True, True),
        (('0 issue "letsencrypt.org; validationmethods=http-01"',), False, False),
        (('0 issue "letsencrypt.org; validationmethods=http-01,dns-01"',), True, True),
        (('0 issue "letsencrypt.org; accounturi=https://x.example/1"',), False, False),
    ],
)
def test_who_may_issue(values: tuple[str, ...], name: bool, wildcard: bool) -> None:
    found = records(*values)
    assert (allows(found), allows_wildcard(found)) == (name, wildcard)


@pytest.mark.parametrize(
    "values",
    [
        (),
        ('0 issue "other.example"',),
        ('0 issue ";"', '0 issuewild ";"'),
        ('0 issuewild "other.example"',),
        ('0 issue "letsencrypt.org; accounturi=https://x.example/1"',),
    ],
)
def test_with_what_is_to_be_added_both_may_be_issued(values: tuple[str, ...]) -> None:
    found = records(*values)
    assert allows([*found, *records(*to_add(found))])
    added = [*found, *records(*to_add_for_wildcard(found))]
    assert allows(added) and allows_wildcard(added)


def test_nothing_is_added_where_nothing_forbids() -> None:
    assert to_add_for_wildcard(records()) == ()
    assert to_add_for_wildcard(records('0 issue "letsencrypt.org"')) == ()
    assert to_add_for_wildcard(records('0 issue "a.example"', '0 issuewild "b.example"')) == (
        '0 issue "letsencrypt.org"',
        '0 issuewild "letsencrypt.org"',
    )


async def test_the_nearest_set_counts() -> None:
    zone: dict[str, list[str] | None] = {"example.com": ['0 issue "a.example"'], "com": ['0 issue "b.example"']}
    (found,) = await climb("*.mail.example.com", served(zone))
    assert (found.owner, [record.issuer for record in found.records]) == ("example.com", ["a.example"])
    (none,) = await climb("example.net", served(zone))
    assert none.records == () and none.source == "ns0"


async def test_silence_ends_the_climb() -> None:
    (found,) = await climb(
        "mail.example.com", served({"mail.example.com": None, "example.com": ['0 issue "a.example"']})
    )
    assert found.records == ()
    assert found.unknown is not None and found.unknown.why == "SERVFAIL"


async def test_each_server_has_its_say() -> None:
    allows, forbids, silent = ['0 issue "letsencrypt.org"'], ['0 issue ";"'], None
    sets = await climb(
        "example.com", served({"example.com": allows}, {"example.com": forbids}, {"example.com": silent}, {})
    )
    assert [(one.source, [record.issuer for record in one.records], bool(one.unknown)) for one in sets] == [
        ("ns0", ["letsencrypt.org"], False),
        ("ns1", [""], False),
        ("ns2", [], True),
        ("ns0", [], False),  # the climb of ns3 went on to com, where there is none
    ]


async def test_a_dead_address_of_a_server_that_answers_does_not_count() -> None:
    async def everywhere(name: str, kind: str) -> list[Answer]:
        dead = Answer(name, kind, Outcome.UNKNOWN, server="ns1.example.net (192.0.2.9)", why="timed out")
        return [dead, Answer(name, kind, Outcome.NO_DATA, server="ns1.example.net (192.0.2.1)")]

    assert [one.unknown for one in await climb("example.com", everywhere)] == [None]


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading(text: str) -> None:
    for candidate in (text, f"0 issue {text}", f'0 issue "{text}"'):
        record = parse(candidate)
        assert record is None or (record.issuer == record.issuer.lower() and isinstance(record.parameters, dict))
