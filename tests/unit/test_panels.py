"""Records in the form of a provider's panel."""

from __future__ import annotations

import pytest

from mailwizard.dns.wanted_record import Wanted
from mailwizard.panels import ANY, Panel, entry, panels, recognised

APEX = "wizard-lab.example"
DKIM = Wanted(f"mw2611._domainkey.{APEX}", "TXT", "v=DKIM1; k=rsa; p=" + "A" * 390, "dkim")


def panel(id: str) -> Panel:
    return next(one for one in panels() if one.id == id)


@pytest.mark.parametrize(
    ("server", "id"),
    [
        ("ada.ns.cloudflare.com", "cloudflare"),
        ("ns-1234.awsdns-26.co.uk", "route53"),
        ("NS-12.AWSDNS-01.com.", "route53"),
        ("ns1.gandi.net", "gandi"),
        ("helium.ns.hetzner.de", "hetzner"),
        ("dns1.registrar-servers.com", "namecheap"),
        ("ns5.kasserver.com", "all_inkl"),
        ("root-dns.netcup.net", "netcup"),
    ],
)
def test_a_panel_is_recognised_by_its_name_servers(server: str, id: str) -> None:
    assert recognised([server]).id == id


@pytest.mark.parametrize("servers", [[], ["ns1.example.net"], ["notgandi.net"], ["ns1.gandi.net", "ns1.ovh.net"]])
def test_no_panel_is_guessed(servers: list[str]) -> None:
    assert recognised(servers) is ANY


def test_relative_names_and_the_domain_itself() -> None:
    assert entry(panel("cloudflare"), DKIM, APEX).name == "mw2611._domainkey"
    spf = Wanted(APEX, "TXT", "v=spf1 -all", "spf")
    assert entry(panel("cloudflare"), spf, APEX).name == "@"
    assert dict(entry(panel("route53"), spf, APEX).rows)["Name"] == "(leave it empty)"


def test_a_long_text_is_one_string_or_several() -> None:
    assert entry(panel("cloudflare"), DKIM, APEX).value == DKIM.value
    quoted = entry(panel("route53"), DKIM, APEX).value
    assert quoted == " ".join(f'"{part}"' for part in DKIM.strings)
    assert quoted.count('"') == 4


@pytest.mark.parametrize("type", ["A", "AAAA", "CNAME"])
def test_what_may_be_proxied_is_told_not_to_be(type: str) -> None:
    notes = entry(panel("cloudflare"), Wanted(f"mail.{APEX}", type, "198.51.100.7", "x"), APEX).notes
    assert any("grey cloud" in note for note in notes)


@pytest.mark.parametrize("type", ["TXT", "MX", "CAA", "SRV"])
def test_what_cannot_be_proxied_is_told_nothing_of_it(type: str) -> None:
    notes = entry(panel("cloudflare"), Wanted(APEX, type, "10 mail.example", "x"), APEX).notes
    assert not any("grey cloud" in note for note in notes)


@pytest.mark.parametrize("id", ["route53", "ovh"])
def test_what_is_to_be_known_of_texts_is_told_of_texts_alone(id: str) -> None:
    assert panel(id).note in entry(panel(id), DKIM, APEX).notes
    assert panel(id).note not in entry(panel(id), Wanted(APEX, "MX", "10 mail.example", "mx"), APEX).notes


def test_an_unknown_panel_gets_both_forms() -> None:
    found = entry(ANY, DKIM, APEX)
    assert found.name == "mw2611._domainkey"
    assert any(DKIM.name in note for note in found.notes)
    assert any('"v=DKIM1' in note for note in found.notes)


def test_an_mx_record_has_its_priority_apart() -> None:
    mx = Wanted(APEX, "MX", f"10 mail.{APEX}", "mx")
    assert dict(entry(panel("netcup"), mx, APEX).rows)["Priority"] == "10"
    assert entry(panel("netcup"), mx, APEX).value == f"mail.{APEX}"
    assert entry(panel("route53"), mx, APEX).value == f"10 mail.{APEX}"


def test_a_zone_that_was_not_found_leaves_the_whole_name() -> None:
    assert entry(ANY, DKIM, "").name == DKIM.name
