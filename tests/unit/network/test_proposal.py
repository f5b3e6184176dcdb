"""What the wizard offers for the addresses."""

from __future__ import annotations

import json

import pytest

from mailwizard.answers import Answers, Probes, Server
from mailwizard.errors import HostError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.network.interface import Address6, Default6
from mailwizard.network.netplan import Ready
from mailwizard.network.proposal import Proposal, chosen, proposed_ipv4
from mailwizard.network.routes import Route

READY = Ready("2001:db8:7::7", 56, "2001:db8:7::1", "/etc/netplan/a.yaml, line 3")
ON_IT = (Address6("2001:db8::5", 64),)
ECHOES = ("https://a.example/", "https://b.example/")


@pytest.mark.parametrize(
    ("server", "route", "on_it", "defaults", "expected"),
    [
        (
            Server(ipv6="2001:db8::9", ipv6_gateway="fe80::9"),
            None,
            (),
            (),
            Proposal("2001:db8::9", 64, "fe80::9", "setup.toml", "setup.toml"),
        ),
        (
            Server(ipv6="2001:db8:7::7"),
            None,
            (),
            (),
            Proposal("2001:db8:7::7", 56, "2001:db8:7::1", "setup.toml", "netplan"),
        ),
        (
            Server(),
            Route("eth0", "2001:db8::5"),
            ON_IT,
            (Default6("fe80::2", by_ra=True),),
            Proposal("2001:db8::5", 64, "fe80::2", "the kernel's route", "the router's own announcement"),
        ),
        (Server(), None, ON_IT, (), Proposal("2001:db8::5", 64, "2001:db8:7::1", "the network interface", "netplan")),
        (
            Server(ipv6_gateway="auto"),
            None,
            (),
            (),
            Proposal("2001:db8:7::7", 56, "2001:db8:7::1", READY.where, "netplan"),
        ),
    ],
)
def test_the_surest_source_comes_first(
    server: Server, route: Route | None, on_it: tuple[Address6, ...], defaults: tuple[Default6, ...], expected: Proposal
) -> None:
    assert chosen(Answers(server=server), route, on_it, defaults, READY) == expected


def test_what_nobody_knows_is_left_empty_but_for_the_usual_gateway() -> None:
    assert chosen(Answers(), None, (), (), Ready()) == Proposal("", 64, "fe80::1", "", "the usual one")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("198.51.100.7", "198.51.100.7", "198.51.100.7"), ("198.51.100.7", "198.51.100.8", ""), ("198.51.100.7", "", "")],
)
async def test_behind_a_nat_two_echoes_must_agree(first: str, second: str, expected: str) -> None:
    route = json.dumps([{"dst": "1.1.1.1", "dev": "eth0", "prefsrc": "10.0.0.7"}])
    pages: dict[str | tuple[str, int], tuple[int, bytes] | HostError] = {
        (url, 4): (200, seen.encode()) for url, seen in zip(ECHOES, (first, second), strict=True)
    }
    host = ImaginaryHost(commands={("ip", "-j", "-4", "route", "get", "1.1.1.1"): route}, pages=pages)
    assert await proposed_ipv4(host, Answers(probes=Probes(address_echo=ECHOES))) == expected
