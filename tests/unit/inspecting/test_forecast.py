"""The forecast: what receivers would say of mail sent now, from the key on disk and what is published.

It is asked for through the step Test mail, which shows it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard.answers import Answers, Domain, Server
from mailwizard.engine import Engine, Result
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.services.test_mail import TestMail
from tests.unit.inspecting.signing import key, record
from tests.unit.services.small_dns import SmallDns

STAGED = "/var/lib/mailwizard/dkim/example.com/mw.pem"
PLACED = "/etc/chasquid/domains/example.com/dkim:mw.pem"
SERVER = Server(hostname="smtp.example.com", ipv4="198.51.100.7", ipv6="2001:db8:7::7")
ANSWERS = Answers(server=SERVER, domains=(Domain("example.com", ("i", "sales")),))
ZONE = {
    ("example.com", "TXT"): ["some-token=1", "v=spf1 a:smtp.example.com -all"],
    ("smtp.example.com", "A"): ["198.51.100.7"],
    ("smtp.example.com", "AAAA"): ["2001:db8:7::7"],
    ("mw._domainkey.example.com", "TXT"): [record()],
    ("_dmarc.example.com", "TXT"): ["v=DMARC1; p=quarantine"],
}


def machine(path: str = STAGED, *, root: bool = True) -> ImaginaryHost:
    return ImaginaryHost({path: ImaginaryFile(key(0), 0o600)}, root=root)


async def told(host: ImaginaryHost, dns: SmallDns, answers: Answers = ANSWERS) -> dict[str, Finding]:
    found = await TestMail(dns.as_dns).look(host, answers)
    assert not host.written and not host.removed
    return {finding.id.removeprefix("forecast."): finding for finding in found if finding.id.startswith("forecast.")}


@pytest.mark.parametrize("path", [STAGED, PLACED])
async def test_all_is_foreseen(path: str) -> None:
    found = await told(machine(path), SmallDns(ZONE))
    assert [finding.status for finding in found.values()] == [Status.OK] * 3
    assert [word.partition(": ")[0] for word in found["spf"].found] == ["198.51.100.7", "2001:db8:7::7"]
    assert "aligned by SPF and DKIM" in found["dmarc"].found[0]
    assert "quarantine" in found["dmarc"].found[0]


CHANGES: dict[str, tuple[dict[tuple[str, str], list[str]], dict[str, str]]] = {
    "no IPv6 address published": ({("smtp.example.com", "AAAA"): []}, {"spf": "failed", "dkim": "ok", "dmarc": "ok"}),
    "no SPF": ({("example.com", "TXT"): []}, {"spf": "failed", "dkim": "ok", "dmarc": "ok"}),
    "two SPF": ({("example.com", "TXT"): ["v=spf1 a", "v=spf1 mx"]}, {"spf": "failed", "dkim": "ok", "dmarc": "ok"}),
    "no key": ({("mw._domainkey.example.com", "TXT"): []}, {"spf": "ok", "dkim": "failed", "dmarc": "ok"}),
    "another key": (
        {("mw._domainkey.example.com", "TXT"): [record(1)]},
        {"spf": "ok", "dkim": "failed", "dmarc": "ok"},
    ),
    "no DMARC": ({("_dmarc.example.com", "TXT"): []}, {"spf": "ok", "dkim": "ok", "dmarc": "failed"}),
    "neither SPF nor key": (
        {("example.com", "TXT"): [], ("mw._domainkey.example.com", "TXT"): []},
        {"spf": "failed", "dkim": "failed", "dmarc": "failed"},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_what_fails_says_what_to_do(name: str) -> None:
    change, expected = CHANGES[name]
    found = await told(machine(), SmallDns({**ZONE, **change}))
    assert {id: finding.status.value for id, finding in found.items()} == expected
    for finding in found.values():
        assert bool(finding.fix) == (finding.status is Status.FAILED)


async def test_a_failing_forecast_waits_and_is_no_failure() -> None:
    engine = Engine(machine(), [TestMail(SmallDns({}).as_dns)])
    result: Result = await engine.apply(ANSWERS)
    forecast = [finding for finding in result.findings["test_mail"] if finding.id.startswith("forecast.")]
    assert [finding.status for finding in forecast] == [Status.FAILED] * 3
    assert result.exit_code == 3


@pytest.mark.parametrize("name", ["example.com", "mw._domainkey.example.com", "_dmarc.example.com"])
async def test_nobody_answers_is_unknown(name: str) -> None:
    found = await told(machine(), SmallDns(ZONE, silent=frozenset({name})))
    unknown = {"example.com": "spf", "mw._domainkey.example.com": "dkim", "_dmarc.example.com": "dmarc"}[name]
    assert {id for id, finding in found.items() if finding.status is Status.UNKNOWN} == {unknown}
    assert not found[unknown].fix


async def test_a_key_that_is_not_there_or_not_ours_to_read_is_unknown() -> None:
    for host in (ImaginaryHost({}), machine(PLACED, root=False), ImaginaryHost({STAGED: "no key"})):
        found = await told(host, SmallDns(ZONE))
        assert found["dkim"].status is Status.UNKNOWN and found["dkim"].found[0]
        is_there = STAGED in host.files or PLACED in host.files
        assert bool(found["dkim"].fix) != is_there, "a key that cannot be read waits for no step"
        assert found["dmarc"].status is Status.OK  # by SPF


async def test_the_sender_and_the_name_count() -> None:
    zone = {**ZONE, ("example.com", "TXT"): ["v=spf1 exists:%{l}.%{h}.ok.example.com -all"]}
    zone[("i.smtp.example.com.ok.example.com", "A")] = ["127.0.0.2"]
    found = await told(machine(), SmallDns(zone))
    assert found["spf"].status is Status.FAILED  # i may, sales may not
    assert {word.split(". ")[0].rpartition(": ")[2] for word in found["spf"].found} == {"pass", "fail"}


async def test_over_ipv4_alone_nothing_else_counts() -> None:
    answers = replace(ANSWERS, server=replace(SERVER, ipv6="off"))
    found = await told(machine(), SmallDns({**ZONE, ("smtp.example.com", "AAAA"): []}), answers)
    assert found["spf"].status is Status.OK
    assert len(found["spf"].found) == 1


async def test_an_address_that_is_not_known_is_unknown() -> None:
    found = await told(machine(), SmallDns(ZONE), replace(ANSWERS, server=Server(hostname="smtp.example.com")))
    assert found["spf"].status is Status.UNKNOWN
    assert found["dmarc"].status is Status.OK  # by DKIM
