from __future__ import annotations

import pytest

from mailwizard.dns.ptr import Reverse, fcrdns
from tests.unit.dns.spf_zone import Zone

SIX = "8.b.d.0.1.0.0.2.ip6.arpa"
ZONE = Zone(
    {
        "7.100.51.198.in-addr.arpa": [("PTR", "smtp.example.com")],
        "8.100.51.198.in-addr.arpa": [("PTR", "vps8.host.example")],
        "9.100.51.198.in-addr.arpa": [("PTR", "smtp.example.com"), ("PTR", "www.example.com")],
        "10.100.51.198.in-addr.arpa": [("PTR", "Smtp.Example.com.")],
        "11.100.51.198.in-addr.arpa": [("TIMEOUT", None)],
        "12.100.51.198.in-addr.arpa": [("PTR", "silent.example.com")],
        "7.0.0.0." + "0.0.0.0." * 5 + SIX: [("PTR", "smtp.example.com")],
        "smtp.example.com": [("A", "198.51.100.7"), ("A", "198.51.100.9"), ("AAAA", "2001:db8:0:0::7")],
        "www.example.com": [("A", "198.51.100.1")],
        "silent.example.com": [("TIMEOUT", None)],
    }
)


@pytest.mark.parametrize(
    ("address", "state", "names", "confirmed"),
    [
        ("198.51.100.7", Reverse.CONFIRMED, ("smtp.example.com",), ("smtp.example.com",)),
        ("2001:db8::7", Reverse.CONFIRMED, ("smtp.example.com",), ("smtp.example.com",)),
        ("198.51.100.8", Reverse.OTHER_NAME, ("vps8.host.example",), ()),
        ("198.51.100.9", Reverse.SEVERAL, ("smtp.example.com", "www.example.com"), ("smtp.example.com",)),
        ("198.51.100.10", Reverse.NOT_BACK, ("smtp.example.com",), ()),
        ("198.51.100.13", Reverse.MISSING, (), ()),
        ("2001:db8::8", Reverse.MISSING, (), ()),
    ],
)
async def test_reverse_names(address: str, state: Reverse, names: tuple[str, ...], confirmed: tuple[str, ...]) -> None:
    found = await fcrdns(ZONE.lookup, address, "SMTP.example.com.")
    assert (found.state, found.names, found.confirmed) == (state, names, confirmed)
    assert found.matches is ("smtp.example.com" in names)


@pytest.mark.parametrize(
    ("address", "hostname", "why"),
    [
        ("198.51.100.11", "smtp.example.com", "PTR of 11.100.51.198.in-addr.arpa (timed out)"),
        ("198.51.100.12", "silent.example.com", "A of silent.example.com (timed out)"),
    ],
)
async def test_silence_is_unknown(address: str, hostname: str, why: str) -> None:
    found = await fcrdns(ZONE.lookup, address, hostname)
    assert found.state is Reverse.UNKNOWN and found.why.endswith(why)


async def test_an_address_is_needed() -> None:
    with pytest.raises(ValueError, match="smtp"):
        await fcrdns(ZONE.lookup, "smtp.example.com", "smtp.example.com")
