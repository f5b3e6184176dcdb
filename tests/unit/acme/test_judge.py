"""What is said of a certificate, its key, its renewal and what the ports present."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailwizard.acme.judge import (
    judge_caa,
    judge_expiry,
    judge_key,
    judge_names,
    judge_present,
    judge_renewal,
    judge_served,
    missing,
)
from mailwizard.acme.pem import BrokenCertificate, facts_of, key_spki
from mailwizard.acme.renewal import Renewal
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.caa import CaaRecord, CaaSet
from mailwizard.finding import Status
from mailwizard.host.protocol import FileStat
from mailwizard.mta.ports import Answered
from tests.unit.acme.certificates import NOW, pair

HOST = "smtp.example.com"
CHAIN, KEY = pair("example.com", "*.example.com")
FACTS = facts_of(CHAIN)


def test_the_facts_of_a_certificate_are_read() -> None:
    assert FACTS.names == ("example.com", "*.example.com")
    assert FACTS.ends == NOW + timedelta(days=60)
    assert key_spki(KEY) == FACTS.spki


@pytest.mark.parametrize(
    "text", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused(text: bytes) -> None:
    with pytest.raises(BrokenCertificate):
        facts_of(text)
    with pytest.raises(BrokenCertificate):
        key_spki(text)


def test_a_trial_certificate_is_none() -> None:
    trial = facts_of(pair(HOST, issuer="(STAGING) Let's Encrypt")[0])
    assert judge_present(trial, "letsencrypt", HOST).status is Status.FAILED
    assert judge_present(trial, "letsencrypt_test", HOST).status is Status.OK
    assert judge_present(FACTS, "letsencrypt", HOST).status is Status.OK


@pytest.mark.parametrize(("organization", "said"), [("Let's Encrypt", "by Let's Encrypt R11"), ("", "by R11")])
def test_who_signed_it_is_told_by_its_names(organization: str, said: str) -> None:
    told = facts_of(pair(HOST, issuer="R11", organization=organization)[0])
    assert judge_present(told, "letsencrypt", HOST).found == (said,)


def test_what_is_missing_is_told_with_its_fix() -> None:
    present, *others = missing(HOST, "no certificate yet", "dns_cf needs CF_Token.")
    assert present.status is Status.FAILED and present.waits and present.cause == "missing"
    assert {one.status for one in others} == {Status.SKIPPED}
    assert not missing(HOST, "no certificate yet", "")[0].waits


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (("example.com", "*.example.com"), Status.OK),
        ((HOST,), Status.OK),
        (("a.b.example.com",), Status.FAILED),
        (("*.other.example",), Status.FAILED),
    ],
)
def test_every_wanted_name_must_be_in_it(wanted: tuple[str, ...], status: Status) -> None:
    assert judge_names(FACTS, wanted, HOST).status is status


@pytest.mark.parametrize(
    ("mode", "group", "fits", "group_known", "status"),
    [
        (0o640, "chasquid", True, True, Status.OK),
        (0o640, "root", True, False, Status.OK),
        (0o640, "root", True, True, Status.FAILED),
        (0o644, "chasquid", True, True, Status.FAILED),
        (0o640, "chasquid", False, True, Status.FAILED),
        (0o640, "chasquid", None, True, Status.UNKNOWN),
    ],
)
def test_the_key_is_for_chasquid_alone(
    mode: int, group: str, fits: bool | None, group_known: bool, status: Status
) -> None:
    stat = FileStat(mode, "root", group, 227, False, False)
    assert judge_key(stat, fits, group_known, HOST).status is status


def test_no_key_is_a_failure() -> None:
    assert judge_key(None, False, True, HOST).status is Status.FAILED


@pytest.mark.parametrize(
    ("days", "status"), [(60, Status.OK), (10, Status.OK), (9, Status.WARNING), (0, Status.FAILED), (-1, Status.FAILED)]
)
def test_the_end_comes_near(days: int, status: Status) -> None:
    finding = judge_expiry(FACTS, FACTS.ends - timedelta(days=days), HOST)
    assert finding.status is status and bool(finding.fix) is (status is Status.WARNING)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, Status.UNKNOWN),
        (Renewal(), Status.FAILED),
        (Renewal(True, True, "Tue", "success", files_due=True), Status.FAILED),
        (Renewal(True, False, "Tue", "success"), Status.FAILED),
        (Renewal(True, True, "Tue", "exit-code"), Status.WARNING),
        (Renewal(True, True, "Tue", "success", "2026-11-24T03:00:00Z\nError adding TXT\n"), Status.WARNING),
        (Renewal(True, True, "Tue 2026-11-24", "success"), Status.OK),
    ],
)
def test_renewal_is_watched(state: Renewal | None, status: Status) -> None:
    assert judge_renewal(state).status is status


def test_the_record_of_a_failed_renewal_is_shown() -> None:
    failure = (
        "2026-11-24T03:00:00Z\n[Tue Nov 24 03:00:00 UTC 2026] update failed: NOTAUTH(BADKEY)\nFailed with result\n"
    )
    found = judge_renewal(Renewal(True, True, "", "success", failure)).found
    assert found[0] == "the last run failed at 2026-11-24T03:00:00Z"
    assert found[1].startswith("The DNS provider refused the credentials: update failed: NOTAUTH(BADKEY).")


def ports(**certificates: bytes) -> list[Answered]:
    return [Answered(int(name[1:]), "220 x ESMTP chasquid", bool(der), der) for name, der in certificates.items()]


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (ports(p25=FACTS.der, p465=FACTS.der), Status.OK),
        (ports(p25=FACTS.der, p465=b"other"), Status.FAILED),
        (ports(p25=FACTS.der, p587=b""), Status.FAILED),
        ([Answered(25, trouble="refused")], Status.SKIPPED),
        ([*ports(p25=FACTS.der), Answered(465, trouble="timed out", silent=True)], Status.UNKNOWN),
        ([*ports(p25=FACTS.der), Answered(465, trouble="refused")], Status.FAILED),
    ],
)
def test_each_port_must_present_the_file(answered: list[Answered], status: Status) -> None:
    assert judge_served(FACTS.der, answered, HOST).status is status


def test_a_caa_record_in_the_way_is_told_with_what_to_add() -> None:
    found = CaaSet("example.com", (CaaRecord(0, "issue", "other.example"),))
    finding = judge_caa(HOST, found, ['0 issue "letsencrypt.org"'])
    assert finding.status is Status.FAILED and finding.waits
    assert finding.fix == 'Publish at example.com, beside what stands there: CAA 0 issue "letsencrypt.org"'
    assert judge_caa(HOST, CaaSet("", ()), ()).found == ("none",)


def test_no_answer_about_caa_is_not_none() -> None:
    silent = Answer("example.com", "CAA", Outcome.UNKNOWN, why="timed out")
    finding = judge_caa(HOST, CaaSet("example.com", (), silent), ())
    assert finding.status is Status.UNKNOWN and finding.found == ("timed out",) and finding.cause == "no_answer"
