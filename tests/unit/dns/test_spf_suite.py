"""The official test suite of RFC 7208."""

from __future__ import annotations

import pytest

from mailwizard.dns.spf_eval import evaluate
from tests.unit.dns.spf_zone import Case, suite

CASES = suite()


def test_suite_is_whole() -> None:
    assert len(CASES) == 203


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_official_suite(case: Case) -> None:
    result = await evaluate(case.zone.lookup, ip=case.ip, mail_from=case.mail_from, helo=case.helo)
    assert result.verdict.value in case.results, result.reason
    if case.explanation:
        assert (result.explanation or "DEFAULT") == case.explanation
    assert result.reason.endswith(".")
