"""The clock: when an old answer is forgotten at the latest."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.dns.clock import latest_moment

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=timezone.utc)


def soa(ttl: int, minimum: int) -> Record:
    return Record("example.com", "SOA", ttl, f"ns.example.com hostmaster.example.com 1 2 3 4 {minimum}")


def txt(ttl: int) -> Record:
    return Record("example.com", "TXT", ttl, "v=spf1 -all", (b"v=spf1 -all",))


def alias(ttl: int) -> Record:
    return Record("example.com", "CNAME", ttl, "other.example.com")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer("x", "TXT", Outcome.NO_NAME, authority=(soa(1794, 1800),)), 1794),
        (Answer("x", "TXT", Outcome.NO_DATA, authority=(soa(86400, 300),)), 300),
        (Answer("x", "TXT", Outcome.NO_NAME, authority=(soa(900000, 900000),)), 3 * 3600),
        (Answer("x", "TXT", Outcome.FOUND, (txt(600),)), 600),
        (Answer("x", "TXT", Outcome.FOUND, (txt(600),), aliases=(alias(30),)), 30),
        (Answer("x", "TXT", Outcome.FOUND, (txt(86400),), server="8.8.8.8"), 6 * 3600),
        (Answer("x", "TXT", Outcome.FOUND, (txt(86400),), server="9.9.9.9 over HTTPS"), 12 * 3600),
        (Answer("x", "TXT", Outcome.FOUND, (txt(2_000_000),)), 7 * 86400),
    ],
)
def test_the_latest_moment(answer: Answer, seconds: int) -> None:
    assert latest_moment(answer, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NO_NAME])
def test_an_answer_that_does_not_tell(outcome: Outcome) -> None:
    assert latest_moment(Answer("x", "TXT", outcome), NOW) is None
