"""Each zone file names its cause and nothing else; a correct zone names none."""

from __future__ import annotations

import asyncio

import pytest

from mailwizard.dns.dns import Dns
from mailwizard.dns.mistakes import Mistake, name_mistake
from mailwizard.dns.wanted_record import Wanted
from tests.unit.dns.mistake_cases import ADDRESSES, WANTED, ZoneCase, zone_cases

CAUSES = (
    "missing name_doubled underscore_lost quotes_in_value backslash_in_value cut_at_255 truncated two_records"
    " split_into_records wrong_type typographic_dash wildcard_answers proxied lame_delegation wrong_zone other_value"
    " revoked_key foreign_key too_many_lookups void_lookups plus_all not_yet_everywhere no_answer"
)
CASES = zone_cases()


async def judge(dns: Dns, wanted: Wanted, addresses: tuple[str, ...]) -> Mistake | None:
    zone, answers = await asyncio.gather(dns.zone(wanted.name), dns.authoritative(wanted.name, wanted.type))
    return await name_mistake(wanted, answers, zone.apex, dns.authoritative_lookup, addresses)


def test_there_is_a_zone_for_each_cause() -> None:
    assert {case.cause for case in CASES if case.cause} == set(CAUSES.split())
    assert sum(not case.cause for case in CASES) >= 2


@pytest.mark.parametrize("addresses", [ADDRESSES, ()], ids=["addresses given", "addresses from the DNS"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_zone_names_its_cause_and_nothing_else(case: ZoneCase, addresses: tuple[str, ...]) -> None:
    async with case.net() as net, net.dns() as dns:
        mistakes = await asyncio.gather(*(judge(dns, wanted, addresses) for wanted in WANTED))
    said = {wanted.purpose: mistake for wanted, mistake in zip(WANTED, mistakes, strict=True)}
    named = {purpose: mistake.cause for purpose, mistake in said.items() if mistake}
    assert named == dict.fromkeys(case.wanted, case.cause)
    for purpose in case.wanted:
        mistake = said[purpose]
        assert mistake is not None
        assert case.head["fix"] in mistake.fix
        assert mistake.sentence.endswith(".")
