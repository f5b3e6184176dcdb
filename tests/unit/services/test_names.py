"""Delegations: facts in, findings out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard import hosting
from mailwizard.answers import Answers, Domain, Server
from mailwizard.dns.answer import Outcome
from mailwizard.dns.zone import Zone
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.services.names import Name as Seen
from mailwizard.services.names import Names, judge
from tests.unit.services.small_dns import SmallDns

NS = ("ns1.example.net", "ns2.example.net")
GOOD = Zone("example.com", NS, NS[::-1], (), {"ns1.example.net (1.2.3.4)": 7, "ns2.example.net (1.2.3.5)": 7})
ANSWERS = Answers(
    server=Server(hostname="smtp.example.com", ipv4="198.51.100.7", ipv6="off", provider="hetzner"),
    domains=(Domain("example.com"),),
)


@pytest.mark.parametrize(
    ("zone", "status", "cause", "words"),
    [
        (GOOD, Status.OK, "", "served by ns2.example.net and ns1.example.net"),
        (Zone("", outcome=Outcome.NO_NAME, why="There is no top-level domain x."), Status.FAILED, "missing", "no top-"),
        (replace(GOOD, apex="com"), Status.FAILED, "missing", "is not delegated"),
        (
            replace(GOOD, serials={}, lame=NS, outcome=Outcome.UNKNOWN),
            Status.FAILED,
            "lame_delegation",
            "ns1.example.net and ns2.example.net do not serve",
        ),
        (
            replace(GOOD, silent=NS[1:], why="ns2.example.net (1.2.3.5): timed out"),
            Status.UNKNOWN,
            "no_answer",
            "timed",
        ),
        (replace(GOOD, lame=NS[:1]), Status.WARNING, "lame_delegation", "ns1.example.net does not serve"),
        (replace(GOOD, outcome=Outcome.UNKNOWN, why="timed out"), Status.UNKNOWN, "no_answer", "timed out"),
        (replace(GOOD, own_servers=("other.example",)), Status.WARNING, "wrong_zone", "the zone itself names other"),
        (replace(GOOD, serials={"a": 7, "b": 8}), Status.WARNING, "not_yet_everywhere", "a: 7, b: 8"),
    ],
)
async def test_a_delegation_is_judged(zone: Zone, status: Status, cause: str, words: str) -> None:
    dns = SmallDns()
    finding = judge(Seen("example.com", zone, (await dns.resolve("example.com", "MX"),)))
    assert (finding.status, finding.cause) == (status, cause)
    assert words in " | ".join(finding.found)
    assert bool(finding.fix) == (status in (Status.FAILED, Status.WARNING))


async def test_what_stands_and_what_takes_long_is_told() -> None:
    records = {
        ("example.com", "MX"): ["10 mx.business.example", "20 smtp.example.com"],
        ("example.com", "TXT"): ["v=spf1 include:_spf.business.example ~all", "google-site-verification=x"],
        ("_dmarc.example.com", "TXT"): ["v=DMARC1; p=none"],
    }
    dns = SmallDns(records, zones={"example.com": GOOD, "smtp.example.com": GOOD})
    (finding,) = await Names(dns.as_dns).look(ImaginaryHost(), ANSWERS)
    told = "\n".join(finding.found)
    assert "stands already: example.com MX 10 mx.business.example" in told
    assert "stands already: _dmarc.example.com TXT v=DMARC1; p=none" in told
    assert "google" not in told
    assert "MX 20" not in told  # that is ourselves
    assert "begin now, at your DNS provider: publish smtp.example.com A 198.51.100.7" in told
    assert "set the reverse DNS (PTR) of 198.51.100.7 to smtp.example.com. Hetzner Cloud" in told
    assert "outgoing port 25: Hetzner Cloud has it closed" in told


async def test_what_stands_is_not_to_be_begun() -> None:
    records = {
        ("7.100.51.198.in-addr.arpa", "PTR"): ["smtp.example.com"],
        ("smtp.example.com", "A"): ["198.51.100.7"],
    }
    zones = {"example.com": GOOD, "smtp.example.com": GOOD}
    (finding,) = await Names(SmallDns(records, zones=zones).as_dns).look(ImaginaryHost(), ANSWERS)
    assert "begin now" not in "".join(finding.found)
    silent = SmallDns(silent=frozenset({"7.100.51.198.in-addr.arpa", "smtp.example.com"}), zones=zones)
    (finding,) = await Names(silent.as_dns).look(ImaginaryHost(), ANSWERS)
    assert "begin now" not in "".join(finding.found)


async def test_a_server_name_in_another_zone_is_looked_at_as_well() -> None:
    other = replace(GOOD, apex="example.org", lame=NS[:1])
    dns = SmallDns(zones={"example.com": GOOD, "smtp.example.org": other})
    given = replace(ANSWERS, server=replace(ANSWERS.server, hostname="smtp.example.org"))
    found = await Names(dns.as_dns).look(ImaginaryHost(), given)
    assert [(one.subject, one.status) for one in found] == [
        ("smtp.example.org", Status.WARNING),
        ("example.com", Status.OK),
    ]


async def test_no_names_yet_is_no_error() -> None:
    service = Names(SmallDns().as_dns)
    assert await service.look(ImaginaryHost(), Answers()) == []
    assert await service.plan(ImaginaryHost(), Answers()) == []


def test_the_catalogue_is_whole() -> None:
    ids = [provider.id for provider in hosting.providers()]
    assert len(set(ids)) == len(ids) >= 13
    for provider in hosting.providers():
        assert provider.port_25 and provider.ipv6_ptr and provider.rdns and provider.sources
        assert all(marker == marker.lower() for marker in provider.dmi)
        assert all(not url or url.startswith("https://") for url in (provider.unblock_url, provider.rdns_url))
    numbers = [asn for provider in hosting.providers() for asn in provider.asns]
    assert len(set(numbers)) == len(numbers)


def test_a_ticket_has_what_the_support_asks_for() -> None:
    text = hosting.ticket_text(hosting.named("Vultr"), ANSWERS, ["198.51.100.7"])
    assert "Hello Vultr team," in text
    assert "- 198.51.100.7" in text
    assert "smtp.example.com for example.com." in text


def test_no_line_of_a_ticket_ends_in_the_middle_of_a_sentence() -> None:
    _, *lines = hosting.ticket_text(None, ANSWERS, ["198.51.100.7"]).splitlines()
    cut = [line for line in lines if line and not line.startswith("- ") and line[-1] not in ".,:"]
    assert cut == []


async def test_a_silent_asn_service_recognises_nobody() -> None:
    dns = SmallDns(silent=frozenset({"7.100.51.198.origin.asn.cymru.com"}))
    guess = await hosting.recognise(ImaginaryHost(), dns, Answers(), ["198.51.100.7"])
    assert guess.provider is None
    assert await hosting.asns_of(dns, "2001:db8::1") == ()
    assert dns.asked[-1][0].endswith("8.b.d.0.1.0.0.2.origin6.asn.cymru.com")
