from __future__ import annotations

import pytest

from mailwizard.dns.answer import Outcome
from mailwizard.dns.mx import judge
from tests.unit.dns.spf_zone import Rows, Zone

HOSTS: dict[str, Rows] = {
    "smtp.example.com": [("A", "198.51.100.7"), ("AAAA", "2001:db8::7")],
    "also.example.com": [("AAAA", "2001:db8::7")],
    "mx.other.example": [("A", "192.0.2.1")],
    "alias.example.com": [("CNAME", "smtp.example.com")],
    "silent.example.com": [("TIMEOUT", None)],
    "text.example.com": [("TXT", "x")],
}


def zone(*targets: tuple[int, str]) -> Zone:
    return Zone({"example.com": [("MX", target) for target in targets], **HOSTS})


@pytest.mark.parametrize(
    ("targets", "codes", "ours"),
    [
        ([(10, "smtp.example.com")], [], True),
        ([(10, "SMTP.example.com.")], [], True),
        ([(10, "also.example.com")], [], True),
        ([(10, "mx.other.example")], [], False),
        ([(10, "mx.other.example"), (20, "smtp.example.com")], [], False),
        ([(10, "mx.other.example"), (10, "smtp.example.com")], [], True),
        ([(10, "alias.example.com")], ["alias"], True),
        ([(10, "198.51.100.7")], ["address"], False),
        ([(10, "[2001:db8::7]")], ["address"], False),
        ([(10, "https://smtp.example.com/")], ["url"], False),
        ([(10, "smtp_1.example.com")], ["bad_name"], False),
        ([(10, "localhost")], ["bad_name"], False),
        ([(10, "-x.example.com")], ["bad_name"], False),
        ([(10, "smtp.example.com"), (20, "smtp.example.com")], ["duplicate"], True),
        ([(10, "gone.example.com")], ["no_address"], False),
        ([(10, "text.example.com")], ["no_address"], False),
        ([(0, ""), (10, "smtp.example.com")], ["null_beside_others"], False),
    ],
)
async def test_faults(targets: list[tuple[int, str]], codes: list[str], ours: bool) -> None:
    found = await judge(zone(*targets).lookup, "example.com", "smtp.example.com", ["198.51.100.7", "2001:db8:0::7"])
    assert [fault.code for fault in found.faults] == codes
    assert found.points_to_us is ours
    assert all(fault.sentence.endswith(".") for fault in found.faults)
    assert not found.unknown


async def test_null_mx() -> None:
    found = await judge(zone((0, ".")).lookup, "example.com", "smtp.example.com")
    assert found.is_null and not found.faults and not found.points_to_us and not found.others


async def test_none_and_silence_are_told_apart() -> None:
    none = await judge(zone().lookup, "example.com", "smtp.example.com")
    assert (none.outcome, none.hosts, none.points_to_us) == (Outcome.NO_DATA, (), False)
    silent = await judge(zone().lookup, "silent.example.com", "smtp.example.com")
    assert silent.outcome is Outcome.UNKNOWN and silent.unknown == ("MX of silent.example.com (timed out)",)
    half = await judge(zone((10, "silent.example.com")).lookup, "example.com", "smtp.example.com")
    assert not half.faults and len(half.unknown) == 2 and half.others == ("silent.example.com",)
