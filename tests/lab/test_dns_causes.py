"""The zone files of tests/cases/dns, served by knot: each names its cause and nothing else, also over a bad line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.lab.case_zones import CASES, RESOLVER, Served, moved, wanted
from tests.lab.machine import Lab
from tests.unit.dns.mistake_cases import ADDRESSES

JUDGE = Path(__file__).with_name("judge_zones.py")
Verdicts = dict[str, dict[str, dict[str, str]]]


def request(domains: Sequence[str]) -> str:
    """What judge_zones.py is asked about these domains."""
    records = {domain: [asdict(record) for record in wanted(domain)] for domain in domains}
    return json.dumps({"resolver": RESOLVER, "addresses": ADDRESSES, "wanted": records})


@pytest.fixture(scope="module")
def served(lab: Lab) -> Iterator[Served]:
    zones = Served(lab)
    try:
        zones.start()
        yield zones
    finally:
        zones.stop()


@pytest.fixture(scope="module")
def said(lab: Lab, served: Served) -> Verdicts:
    """What one process on the administrator's computer says of all cases."""
    path = f"PYTHONPATH={Path(__file__).parents[2]}"
    ran = lab.admin("env", path, sys.executable, str(JUDGE), stdin=request(list(CASES))).must()
    return dict(json.loads(ran.stdout))


def test_knot_takes_every_zone(served: Served) -> None:
    assert served.not_loaded() == set()
    assert len(served.delegated) == len(CASES) - 1  # the domain that nobody has registered


@pytest.mark.parametrize("domain", CASES, ids=[case.name for case in CASES.values()])
def test_a_zone_names_its_cause_and_nothing_else(said: Verdicts, domain: str) -> None:
    case, found = CASES[domain], said[domain]
    assert {purpose: one["cause"] for purpose, one in found.items()} == dict.fromkeys(case.wanted, case.cause)
    for one in found.values():
        assert moved(case.head["fix"], domain) in one["fix"]


def test_nothing_is_called_missing_over_a_line_that_loses_packets(
    lab: Lab, served: Served, with_mailwizard: dict[str, str]
) -> None:
    lab.fresh(with_mailwizard["trixie"])
    lab.copy(JUDGE, "/root/judge_zones.py")
    lab.fault("delay", "25", "0.01")
    try:
        script = "ulimit -n 256; exec /opt/mailwizard/bin/python /root/judge_zones.py"
        ran = lab.vps("bash", "-c", script, stdin=request(served.correct)).must()
        dropped = lab.vps("ping", "-q", "-i", "0.01", "-c", "500", RESOLVER)
    finally:
        lab.fault("heal")
    found = json.loads(ran.stdout)
    assert set(found) == set(served.correct)
    causes = {(domain, purpose): one["cause"] for domain, all in found.items() for purpose, one in all.items()}
    assert set(causes.values()) <= {"no_answer"}, causes
    assert len(causes) < 5, causes
    assert " 0% packet loss" not in dropped.stdout, dropped
