"""Reverse DNS and blocklists: facts in, findings out."""

from __future__ import annotations

import pytest

from mailwizard.answers import Answers, Domain, Probes, Server
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.services.reverse_dns import ReverseDns
from tests.unit.services.small_dns import SmallDns

NAME, V4, V6 = "smtp.example.com", "198.51.100.7", "2001:db8:7::7"
PTR4 = ("7.100.51.198.in-addr.arpa", "PTR")
PTR6 = ("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR")
GOOD = {PTR4: [NAME], PTR6: [NAME], (NAME, "A"): [V4], (NAME, "AAAA"): ["2001:DB8:7:0::7"]}
CYMRU4 = ("7.100.51.198.origin.asn.cymru.com", "TXT")
LIST = "zen.example.org"
SOUND = {("2.0.0.127." + LIST, "A"): ["127.0.0.2"], ("test." + LIST, "A"): ["127.0.0.2"]}


def answers(ipv6: str = V6, provider: str = "", blocklists: tuple[str, ...] = ()) -> Answers:
    server = Server(hostname=NAME, ipv4=V4, ipv6=ipv6, provider=provider)
    return Answers(server=server, domains=(Domain("example.com"),), probes=Probes(blocklists=blocklists))


async def look(dns: SmallDns, given: Answers, host: ImaginaryHost | None = None) -> dict[str, Finding]:
    found = await ReverseDns(dns.as_dns).look(host or ImaginaryHost(), given)
    return {finding.id: finding for finding in found}


async def test_confirmed_names_are_ok_with_their_evidence() -> None:
    found = await look(SmallDns(GOOD), answers())
    assert [found[id].status for id in ("rdns.ipv4", "rdns.ipv6")] == [Status.OK, Status.OK]
    assert found["rdns.ipv6"].subject == V6
    assert found["rdns.ipv4"].found == (NAME,)
    assert found["rdns.ipv4"].source.startswith("ns1.example.net")


@pytest.mark.parametrize(
    ("changed", "status", "cause", "words"),
    [
        ({PTR4: []}, Status.FAILED, "missing", "Set the reverse DNS (PTR) of 198.51.100.7 to smtp.example.com."),
        ({PTR4: ["vmi1.contaboserver.net"]}, Status.FAILED, "other_value", "my.contabo.com/rdns"),
        ({(NAME, "A"): ["203.0.113.1"]}, Status.FAILED, "other_value", f"{NAME} A {V4}"),
        ({(NAME, "A"): []}, Status.FAILED, "missing", f"{NAME} A {V4}"),
        ({PTR4: [NAME, "old.example.net"]}, Status.WARNING, "two_records", f"Leave only {NAME}"),
    ],
)
async def test_a_wrong_name_says_where_it_is_set(
    changed: dict[tuple[str, str], list[str]], status: Status, cause: str, words: str
) -> None:
    given = answers(provider="Contabo")
    finding = (await look(SmallDns({**GOOD, **changed}), given))["rdns.ipv4"]
    assert (finding.status, finding.cause) == (status, cause)
    assert words in finding.fix


@pytest.mark.parametrize("silent", [PTR4[0], NAME])
async def test_no_answer_is_never_missing(silent: str) -> None:
    finding = (await look(SmallDns(GOOD, frozenset({silent})), answers()))["rdns.ipv4"]
    assert finding.status is Status.UNKNOWN
    assert not finding.waits
    assert "timed out" in finding.found[-1]


async def test_ipv4_only_skips_ipv6() -> None:
    found = await look(SmallDns(GOOD), answers(ipv6="off"))
    assert found["rdns.ipv6"].status is Status.SKIPPED


async def test_the_provider_is_told_by_the_machine_or_by_its_network() -> None:
    without = {**GOOD, PTR6: [], PTR4: []}
    by_dmi = await look(SmallDns(without), answers(), ImaginaryHost({"/sys/class/dmi/id/sys_vendor": "DigitalOcean\n"}))
    assert "first IPv6 address only" in by_dmi["rdns.ipv6"].fix
    assert '"off" as IPv6 address' in by_dmi["rdns.ipv6"].fix
    by_asn = await look(SmallDns({**without, CYMRU4: ["24940 213230 | 198.51.100.0/24 | DE"]}), answers())
    assert "Hetzner Cloud" in by_asn["rdns.ipv4"].fix
    by_nothing = await look(SmallDns(without), answers())
    assert "your hosting provider" in by_nothing["rdns.ipv4"].fix


@pytest.mark.parametrize(
    ("records", "silent", "status", "words"),
    [
        (SOUND, frozenset(), Status.OK, "not listed"),
        ({**SOUND, ("7.100.51.198." + LIST, "A"): ["127.0.0.3"]}, frozenset(), Status.WARNING, "listed (127.0.0.3)"),
        ({**SOUND, ("2.0.0.127." + LIST, "A"): ["127.255.255.254"]}, frozenset(), Status.UNKNOWN, "public resolvers"),
        (SOUND, frozenset({"7.100.51.198." + LIST}), Status.UNKNOWN, "timed out"),
    ],
)
async def test_a_blocklist_is_believed_only_when_it_answers(
    records: dict[tuple[str, str], list[str]], silent: frozenset[str], status: Status, words: str
) -> None:
    found = await look(SmallDns({**GOOD, **records}, silent), answers(blocklists=(LIST,)))
    finding = found["blocklist.ipv4"]
    assert finding.status is status
    assert words in finding.found[0]
    assert bool(finding.fix) == (status is Status.WARNING)
    assert found["blocklist.domain"].status is Status.OK
    assert found["blocklist.ipv6"].status is Status.SKIPPED  # this list keeps no IPv6 addresses


async def test_no_blocklists_chosen_asks_none() -> None:
    dns = SmallDns(GOOD)
    found = await look(dns, answers())
    assert found["blocklist.domain"].status is Status.SKIPPED
    assert not [name for name, _ in dns.asked if name.endswith(LIST)]


async def test_nothing_is_changed() -> None:
    assert await ReverseDns(SmallDns(GOOD).as_dns).plan(ImaginaryHost(), answers()) == []
