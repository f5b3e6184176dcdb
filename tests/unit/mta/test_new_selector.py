"""The name of a new DKIM key: nobody ever saw another key under it."""

from __future__ import annotations

from datetime import date

import pytest

from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.mta.new_selector import new_selector
from mailwizard.values import selector as checked
from tests.unit.services.small_dns import SmallDns

TODAY = date(2026, 11, 25)
BOOT_ID = {"/proc/sys/kernel/random/boot_id": "3f9c21aa-8a4e-4b0e-9f60-0d9d5c1f0a11\n"}
ALL = [f"mw2611{letter}" for letter in ("", *"bcdefghijklmnopqrstuvwxyz")]


def name_of(selector: str) -> str:
    return f"{selector}._domainkey.example.com"


def dns_with(*selectors: str) -> SmallDns:
    return SmallDns({(name_of(one), "TXT"): ("v=DKIM1; p=old",) for one in selectors})


async def made(dns: SmallDns, **files: str) -> str:
    host = ImaginaryHost({**BOOT_ID, **files})
    name = await new_selector(dns.as_dns, host, "example.com", TODAY)
    assert await new_selector(dns.as_dns, host, "example.com", TODAY) == name
    return checked(name)


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ([], "mw2611"),
        (["mw2610", "mw2611b"], "mw2611"),
        (["mw2611"], "mw2611b"),
        (["mw2611", "mw2611b", "mw2611d"], "mw2611c"),
        (ALL[:-1], "mw2611z"),
        (ALL, "mw2611-3f9c21aa"),
    ],
)
async def test_a_name_that_a_server_has_a_record_for_is_not_taken_again(published: list[str], name: str) -> None:
    assert await made(dns_with(*published)) == name


async def test_nor_is_one_that_a_resolver_remembers() -> None:
    assert await made(SmallDns(cached=frozenset({name_of("mw2611")}))) == "mw2611b"


async def test_where_it_cannot_be_told_the_name_is_one_that_nobody_else_has() -> None:
    assert await made(SmallDns(silent=frozenset({name_of("mw2611")}))) == "mw2611-3f9c21aa"
    silent = frozenset({name_of("mw2611b")})
    assert await made(SmallDns(dns_with("mw2611").records, silent)) == "mw2611-3f9c21aa"


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/mailwizard/dkim/example.com/mw2611.pem",
        "/etc/chasquid/domains/example.com/dkim:mw2611.pem",
        "/var/lib/mailwizard/backup/files/etc/chasquid/domains/example.com/dkim:mw2611.pem",
    ],
)
async def test_nor_is_one_that_a_key_here_or_in_the_backup_has(path: str) -> None:
    assert await made(SmallDns(), **{path: "key"}) == "mw2611b"


async def test_no_resolver_is_made_to_ask_for_a_record_that_is_yet_to_come() -> None:
    dns = SmallDns()
    await made(dns)
    assert set(dns.asked) == {(name_of("mw2611"), "TXT")}  # of the servers that hold the zone
