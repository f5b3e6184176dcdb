"""Which addresses are taken for the server's own."""

from __future__ import annotations

import json

from mailwizard.answers import Answers, Server
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.network.own_addresses import OwnAddresses, own_addresses

ROUTE4 = ("ip", "-j", "-4", "route", "get", "1.1.1.1")
ROUTE6 = ("ip", "-j", "-6", "route", "get", "2001:4860:4860::8888")
NO_ROUTE = Ran(ROUTE6, 2, "", "RTNETLINK answers: Network is unreachable\n")
NETPLAN = """network:
  ethernets:
    eth0:
      addresses: [198.51.100.7/24]
#      addresses: [ "2001:db8:7::7/64" ]
#      gateway6: fe80::1
"""


def route(source: str) -> str:
    return json.dumps([{"dst": "x", "gateway": "198.51.100.1", "dev": "eth0", "prefsrc": source, "flags": []}])


async def test_the_answers_come_first() -> None:
    answers = Answers(server=Server(ipv4="198.51.100.9", ipv6="2001:db8::9"))
    host = ImaginaryHost(commands={ROUTE4: route("198.51.100.7"), ROUTE6: route("2001:db8:7::7")})
    assert await own_addresses(host, answers) == OwnAddresses("198.51.100.9", "2001:db8::9")


async def test_else_the_kernel_says() -> None:
    host = ImaginaryHost(commands={ROUTE4: route("198.51.100.7"), ROUTE6: route("2001:db8:7::7")})
    own = await own_addresses(host, Answers())
    assert own.all == ("198.51.100.7", "2001:db8:7::7")


async def test_off_means_no_ipv6() -> None:
    host = ImaginaryHost(commands={ROUTE4: route("198.51.100.7"), ROUTE6: route("2001:db8:7::7")})
    assert await own_addresses(host, Answers(server=Server(ipv6="off"))) == OwnAddresses("198.51.100.7", "")


async def test_what_is_private_is_nobody_elses_name_for_us() -> None:
    host = ImaginaryHost(commands={ROUTE4: route("10.0.0.7"), ROUTE6: route("fd00::7")})
    assert await own_addresses(host, Answers()) == OwnAddresses("", "")


async def test_ipv6_that_is_still_off_is_read_from_netplans_comments() -> None:
    files = {"/etc/netplan/01-netcfg.yaml": NETPLAN}
    host = ImaginaryHost(files=files, commands={ROUTE4: route("198.51.100.7"), ROUTE6: NO_ROUTE})
    assert (await own_addresses(host, Answers())).ipv6 == "2001:db8:7::7"


async def test_a_machine_without_ip_has_no_address_to_tell() -> None:
    assert await own_addresses(ImaginaryHost(), Answers()) == OwnAddresses()
