"""Zones: where they begin, who serves them, who only should."""

from __future__ import annotations

import pytest

from mailwizard.dns import delegation, silence
from mailwizard.dns.answer import Outcome
from mailwizard.dns.cuts import domain_of
from tests.unit.dns.name_server import RECURSOR, Net, Server, ZoneData, world, zone_text

SERVERS = {"ns1.example.com": "127.0.0.2", "ns2.example.com": "127.0.0.3"}
COM = zone_text(
    {"ns.nic.com": "127.0.0.41"},
    """
    ns.nic.com. A 127.0.0.41
    example NS ns1.example.com.
    example NS ns2.example.com.
    ns1.example.com. A 127.0.0.2
    ns2.example.com. A 127.0.0.3
    """,
    apex="com",
)
TEXT = zone_text(SERVERS, 'mail A 192.0.2.7\n@ TXT "here"\n', apex="example.com", serial=7)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits seconds for servers that are silent on purpose."""
    monkeypatch.setattr(silence, "PAUSES", (0.2, 0.2, 0.2))


def net() -> Net:
    return world({"com": COM, "example.com": TEXT})


async def test_a_healthy_zone() -> None:
    async with net() as there, there.dns() as dns:
        for name in ("example.com", "mail.example.com", "_dmarc.example.com", "no.such.name.example.com"):
            zone = await dns.zone(name)
            assert zone.apex == "example.com"
            assert zone.outcome is Outcome.FOUND
            assert set(zone.parent_servers) == set(zone.own_servers) == set(SERVERS)
            assert zone.addresses == tuple(SERVERS.items())
            assert zone.serials == {"ns1.example.com (127.0.0.2)": 7, "ns2.example.com (127.0.0.3)": 7}
            assert (zone.lame, zone.why) == ((), "")
        assert there.questions("example.com", "NS").count("127.0.0.41") == 1  # the parent itself was asked


async def test_serials_that_differ() -> None:
    there = net()
    there.at("127.0.0.3").zones["example.com"] = ZoneData.parse("example.com", TEXT.replace(" 7 ", " 8 "))
    async with there, there.dns() as dns:
        assert sorted((await dns.zone("example.com")).serials.values()) == [7, 8]


@pytest.mark.parametrize("rcode", [2, 5])
async def test_a_lame_server(rcode: int) -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.3").rcode = rcode
        zone = await dns.zone("example.com")
        assert zone.lame == ("ns2.example.com (127.0.0.3)",)
        assert list(zone.serials) == ["ns1.example.com (127.0.0.2)"]
        assert zone.outcome is Outcome.FOUND


async def test_a_silent_server_is_not_called_lame() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.3").silent = True
        zone = await dns.zone("example.com")
        assert zone.lame == ()
        assert zone.why == "ns2.example.com (127.0.0.3): timed out"


async def test_a_zone_that_none_of_its_servers_holds() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").rcode = there.at("127.0.0.3").rcode = 5
        there.at(RECURSOR).broken = {"example.com"}
        zone = await dns.zone("example.com")
        assert zone.apex == "example.com"
        assert set(zone.parent_servers) == set(SERVERS)
        assert set(zone.lame) == {"ns1.example.com (127.0.0.2)", "ns2.example.com (127.0.0.3)"}
        assert zone.outcome is Outcome.UNKNOWN
        for answer in await dns.authoritative("_dmarc.example.com", "TXT"):
            assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "REFUSED")


async def test_delegated_to_others_than_the_zone_says() -> None:
    there = world({"com": COM.replace("example NS ns2.example.com.", "example NS old.other.com."), "example.com": TEXT})
    for zones in (there.at(RECURSOR).zones, there.at("127.0.0.41").zones):
        zones["com"].sets["old.other.com", 1] = ZoneData.parse("com", "old.other 300 A 127.0.0.9").sets[
            "old.other.com", 1
        ]
    there.servers["127.0.0.9"] = Server({"example.com": ZoneData.parse("example.com", TEXT.replace("here", "old"))})
    async with there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert set(zone.parent_servers) == {"ns1.example.com", "old.other.com"}
        assert set(zone.own_servers) == set(SERVERS)
        assert ("old.other.com", "127.0.0.9") in zone.addresses
        answers = {answer.server: answer.values for answer in await dns.authoritative("example.com", "TXT")}
        assert answers["old.other.com (127.0.0.9)"] == ("old",)
        assert answers["ns1.example.com (127.0.0.2)"] == ("here",)


async def test_a_name_that_nobody_has_registered() -> None:
    async with net() as there, there.dns() as dns:
        assert (await dns.zone("nobody-has-this.com")).apex == "com"
        nothing = await dns.zone("example.nonsense")
        assert (nothing.outcome, nothing.apex) == (Outcome.NO_NAME, "")
        assert "nonsense" in nothing.why
        assert (await dns.authoritative_lookup("nobody-has-this.com", "MX")).outcome is Outcome.NO_NAME


async def test_one_server_for_a_zone_and_the_one_above() -> None:
    there = world({"com": COM, "example.com": TEXT})
    there.at("127.0.0.41").zones["example.com"] = there.at("127.0.0.2").zones["example.com"]
    async with there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert set(zone.parent_servers) == set(SERVERS)
        assert zone.outcome is Outcome.FOUND


async def test_a_zone_below_is_asked_at_its_own_servers() -> None:
    child = zone_text({"ns.sub.example.com": "127.0.0.5"}, '_dmarc TXT "below"\n', apex="sub.example.com")
    parent = TEXT + "sub NS ns.sub\nns.sub A 127.0.0.5\n_x NS ns.sub\n"
    odd = zone_text({"ns.sub.example.com": "127.0.0.5"}, 'key TXT "odd"\n', apex="_x.example.com")
    zones = {"com": COM, "example.com": parent, "sub.example.com": child, "_x.example.com": odd}
    async with world(zones) as there, there.dns() as dns:
        assert (await dns.zone("sub.example.com")).apex == "sub.example.com"
        (answer,) = await dns.authoritative("_dmarc.sub.example.com", "TXT")
        assert (answer.server, answer.values) == ("ns.sub.example.com (127.0.0.5)", ("below",))
        # cut at an underscore: found by the referral, no resolver was asked where the zone begins
        (answer,) = await dns.authoritative("key._x.example.com", "TXT")
        assert (answer.server, answer.values) == ("ns.sub.example.com (127.0.0.5)", ("odd",))
        assert (await dns.authoritative_lookup("key._x.example.com", "TXT")).values == ("odd",)


async def test_reverse_zones_delegated_without_steps_between() -> None:
    name = "2.0.192.in-addr.arpa"
    zones = {name: zone_text({"ns.example.org": "127.0.0.6"}, "7 PTR mail.example.com.\n", apex=name)}
    zones["example.org"] = zone_text({"ns.example.org": "127.0.0.6"}, apex="example.org")
    async with world(zones) as there, there.dns() as dns:
        zone = await dns.zone(f"7.{name}")
        assert (zone.apex, zone.parent_servers) == (name, ("ns.example.org",))
        assert (await dns.authoritative_lookup(f"7.{name}", "PTR")).values == ("mail.example.com",)


async def test_port_53_intercepted_is_noticed_and_nothing_is_called_missing() -> None:
    async with net() as there, there.dns() as dns:
        for address in ("127.0.0.2", "127.0.0.3", "127.0.0.41", "127.0.0.40"):
            there.servers[address].recursive = True
            there.servers[address].zones = there.at(RECURSOR).zones
        zone = await dns.zone("example.com")
        assert zone.outcome is Outcome.UNKNOWN
        assert "intercepted" in zone.why
        assert dns.intercepted
        for name in ("example.com", "nothing.example.com"):
            for answer in await dns.authoritative(name, "TXT"):
                assert answer.outcome is Outcome.UNKNOWN
                assert "intercepted" in answer.why
                assert answer.values == ()


async def test_one_server_that_is_only_a_resolver_is_lame_not_an_interception() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.3").recursive = True
        there.at("127.0.0.3").zones = there.at(RECURSOR).zones
        zone = await dns.zone("example.com")
        assert zone.lame == ("ns2.example.com (127.0.0.3)",)
        assert not dns.intercepted
        by_server = {answer.server: answer for answer in await dns.authoritative("example.com", "TXT")}
        assert by_server["ns2.example.com (127.0.0.3)"].outcome is Outcome.UNKNOWN
        assert by_server["ns1.example.com (127.0.0.2)"].values == ("here",)


async def test_both_families_are_asked_where_there_is_a_way() -> None:
    both = TEXT + "ns1 AAAA ::1\n"
    async with world({"com": COM, "example.com": both}) as there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert ("ns1.example.com", "::1") in zone.addresses
        assert "ns1.example.com (::1)" in zone.serials


async def test_without_ipv6_its_servers_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegation, "has_route", lambda address: ":" not in address)
    both = TEXT + "ns1 AAAA ::1\n"
    async with world({"com": COM, "example.com": both}) as there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert zone.addresses == tuple(SERVERS.items())
        assert (zone.lame, zone.why) == ((), "")


async def test_no_resolver_no_zone() -> None:
    async with net() as there, there.dns(resolvers=[], system=[]) as dns:
        zone = await dns.zone("example.com")
        assert (zone.outcome, zone.why) == (Outcome.UNKNOWN, "no resolver is configured")
        (answer,) = await dns.authoritative("example.com", "MX")
        assert answer.outcome is Outcome.UNKNOWN


async def test_a_name_server_without_an_address() -> None:
    extra = "@ NS ns3.example.com.\n@ NS ns.broken.test.\n"
    async with world({"com": COM, "example.com": TEXT + extra}, broken={"broken.test"}) as there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert zone.lame == ("ns3.example.com (no address)",)
        assert "ns.broken.test: its address was not found" in zone.why
        assert len(zone.serials) == 2
        answers = {answer.server: answer for answer in await dns.authoritative("example.com", "TXT")}
        assert len(answers) == 4
        assert answers["ns.broken.test"].outcome is Outcome.UNKNOWN
        assert answers["ns3.example.com"].outcome is Outcome.UNKNOWN


async def test_a_zone_that_only_ipv6_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegation, "has_route", lambda address: ":" not in address)
    text = TEXT.replace("3600 IN A 127.0.0.2", "3600 IN AAAA ::1").replace("3600 IN A 127.0.0.3", "3600 IN AAAA ::1")
    com = COM.replace("A 127.0.0.2", "AAAA ::1").replace("A 127.0.0.3", "AAAA ::1")
    async with world({"com": com, "example.com": text}) as there, there.dns() as dns:
        zone = await dns.zone("example.com")
        assert (zone.outcome, zone.lame, zone.addresses) == (Outcome.UNKNOWN, (), ())
        assert "no IPv6" in zone.why
        (answer,) = await dns.authoritative("example.com", "TXT")
        assert answer.outcome is Outcome.UNKNOWN


async def test_resolvers_are_never_asked_for_what_may_not_be_published_yet() -> None:
    async with net() as there, there.dns() as dns:
        names = [
            "example.com",
            "_dmarc.example.com",
            "smtp.example.com",
            "mw1._domainkey.example.com",
            "a.b.example.com",
        ]
        for name in names:
            await dns.zone(name)
            await dns.authoritative(name, "TXT")
            await dns.authoritative_lookup(name, "A")
        asked = {name for server, name, *_ in there.asked if server == RECURSOR}
        assert asked.isdisjoint(names[1:])
        assert "example.com" in asked


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("smtp.example.com", "example.com"),
        ("a.smtp.example.co.uk", "example.co.uk"),
        ("smtp.abc.de", "abc.de"),
        ("mw1._domainkey.example.com", "example.com"),
        ("7.100.51.198.in-addr.arpa", "in-addr.arpa"),
        ("co.uk", "co.uk"),
        ("com", "com"),
        ("", ""),
    ],
)
def test_the_domain_of_a_name(name: str, domain: str) -> None:
    assert domain_of(name) == domain


async def test_one_server_for_all_zones_down_to_the_reverse_one() -> None:
    name = "100.51.198.in-addr.arpa"
    zones = {
        "": zone_text({"ns.dnshost.example": "127.0.0.6"}, f"{name}. NS ns.dnshost.example.\n", apex="")
        + "example. NS ns.dnshost.example.\nns.dnshost.example. A 127.0.0.6\n",
        "example": zone_text({"ns.dnshost.example": "127.0.0.6"}, apex="example"),
        name: zone_text({"ns.dnshost.example": "127.0.0.6"}, "7 PTR mail.example.\n", apex=name),
    }
    async with world(zones) as there, there.dns() as dns:
        zone = await dns.zone(f"7.{name}")
        assert (zone.apex, zone.outcome) == (name, Outcome.FOUND)
        assert zone.parent_servers == zone.own_servers == ("ns.dnshost.example",)
        assert (await dns.zone("mail.example")).apex == "example"
