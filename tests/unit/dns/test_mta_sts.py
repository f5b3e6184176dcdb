from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.mta_sts import judge_txt, matches, parse_policy, parse_txt, policy_text, record
from mailwizard.dns.mta_sts_check import Fetch, StsState, check
from tests.unit.dns.spf_zone import Rows, Zone

MX = ("smtp.example.com", "mx2.example.com")
GOOD = policy_text(MX, "enforce")


def fetching(status: int, body: str) -> Fetch:
    async def fetch(url: str) -> tuple[int, bytes]:
        assert url == "https://mta-sts.example.com/.well-known/mta-sts.txt"
        return status, body.encode()

    return fetch


async def unreachable(url: str) -> tuple[int, bytes]:
    raise ConnectionRefusedError("connection refused")


def zone(*texts: str) -> Zone:
    rows: Rows = [("TXT", text) for text in texts]
    return Zone({"_mta-sts.example.com": rows, "_mta-sts.silent.example": [("TIMEOUT", None)]})


@pytest.mark.parametrize(
    ("texts", "fetch", "state"),
    [
        ([], fetching(200, GOOD), StsState.ABSENT),
        (["something else"], fetching(200, GOOD), StsState.ABSENT),
        ([record(GOOD)], fetching(200, GOOD), StsState.GOOD),
        ([record(GOOD)], fetching(200, policy_text(["*.example.com"])), StsState.GOOD),
        ([record(GOOD)], fetching(200, policy_text([], "none")), StsState.GOOD),
        (["v=STSv1; id=x-1"], fetching(200, GOOD), StsState.BROKEN),
        (["v=STSv1; id=1", "v=STSv1; id=2"], fetching(200, GOOD), StsState.BROKEN),
        ([record(GOOD)], fetching(404, ""), StsState.BROKEN),
        ([record(GOOD)], fetching(301, GOOD), StsState.BROKEN),
        ([record(GOOD)], fetching(200, "<html>"), StsState.BROKEN),
        ([record(GOOD)], fetching(200, GOOD + "x: y\n" * 20_000), StsState.BROKEN),
        ([record(GOOD)], fetching(200, policy_text(MX[:1])), StsState.MISMATCH),
        ([record(GOOD)], fetching(200, policy_text([*MX, "old.example.com"])), StsState.MISMATCH),
        ([record(GOOD)], unreachable, StsState.UNKNOWN),
    ],
)
async def test_states(texts: list[str], fetch: Fetch, state: StsState) -> None:
    found = await check(zone(*texts).lookup, fetch, "example.com", MX)
    assert found.state is state
    assert bool(found.faults) is (state not in (StsState.ABSENT, StsState.GOOD))


async def test_names_what_the_policy_leaves_out() -> None:
    found = await check(zone("v=STSv1; id=1").lookup, fetching(200, policy_text(["a.example.com"])), "example.com", MX)
    assert (found.uncovered, found.unused) == (MX, ("a.example.com",))


async def test_a_silent_server_is_unknown() -> None:
    assert (await check(zone().lookup, unreachable, "silent.example", MX)).state is StsState.UNKNOWN


@pytest.mark.parametrize(
    ("pattern", "host", "same"),
    [
        ("smtp.example.com", "SMTP.example.com.", True),
        ("*.example.com", "smtp.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
    ],
)
def test_a_star_is_one_label(pattern: str, host: str, same: bool) -> None:
    assert matches(pattern, host) is same


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("max_age: 604800", 0),
        ("max_age: 99999999", 1),
        ("max_age: soon", 1),
        ("max_age: 60", 1),
        ("max_age: 604800\nmode: bogus", 0),  # of keys that stand twice the first counts
        ("max_age: 604800\nmx: not a name", 1),
        ("max_age: 604800\nmx: *.*.example.com", 1),
    ],
)
def test_policy_faults(line: str, faults: int) -> None:
    policy = parse_policy(f"version: STSv1\nmode: enforce\nmx: smtp.example.com\n{line}\n")
    assert len(policy.faults) == faults and policy.mode == "enforce"


def test_what_we_publish_is_read_back() -> None:
    policy = parse_policy(GOOD)
    assert (policy.mode, policy.max_age, policy.mx, policy.faults) == ("enforce", 604_800, MX, ())
    assert GOOD.count("\r\n") == GOOD.count("\n") == 5
    assert record(GOOD) != record(policy_text(MX, "testing")) and not parse_txt(record(GOOD)).faults


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    assert parse_policy(text).faults or "STSv1" in text
    assert parse_txt(text).faults or "STSv1" in text
    assert judge_txt([text]) is None or text.startswith("v=STSv1")
