"""The watch, on scripted logs."""

from __future__ import annotations

import json
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.errors import HostError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.mta.inbound import ip_of
from mailwizard.mta.mail_log import parse
from mailwizard.programs.telling import Client, Telling
from mailwizard.programs.watch import confirmed_name, watch
from tests.unit.programs.setup import ADDRESS, MAILBOX

GOOGLE = "209.85.220.41"
GOOGLES_NAME = "mail-sor-f41.google.com"


async def named(address: str) -> str:
    return {GOOGLE: GOOGLES_NAME}.get(address, "")


async def told(*lines: str) -> list[str]:
    """What a watch says about these lines."""
    text = "".join(
        json.dumps({"__CURSOR": str(n), "__REALTIME_TIMESTAMP": "1795000000000000", "MESSAGE": line}) + "\n"
        for n, line in enumerate([*lines, "198.51.100.1:1 auth succeeded for i@mine.test"], 1)
    )
    host = ImaginaryHost(commands={("journalctl", ...): text})
    said = []
    async with aclosing(watch(host, Telling(ADDRESS), "s", named, pause=0)) as sentences:
        async for one in sentences:
            said.append(one.text)
            if one.text.startswith("A program at 198.51.100.1 logged in"):
                break
    assert any("--after-cursor=s" in word for word in host.ran[0])
    return said[:-1]


async def test_gmail_from_the_login_to_the_code() -> None:
    said = await told(
        f"{GOOGLE}:4040 auth failed for {ADDRESS}",
        f"{GOOGLE}:4041 auth succeeded for {ADDRESS}",
        f"abcdefghijk from=x.y@gaia.bounces.google.com queued ip=209.85.1.1:25 to=[{ADDRESS}]",
        f"abcdefghijk from=x.y@gaia.bounces.google.com to={MAILBOX} sent",
        "abcdefghijk from=x.y@gaia.bounces.google.com all done",
    )
    assert len(said) == 4
    assert said[0].startswith(f"Google ({GOOGLES_NAME}, {GOOGLE}) gave a wrong password for {ADDRESS}.")
    assert said[1].startswith(f"Google ({GOOGLES_NAME}, {GOOGLE}) logged in as {ADDRESS}: server, user name and")
    assert said[2].endswith(f"to {ADDRESS} came in. It should be the one with the code.")
    assert said[3].startswith(f"It was passed on to {MAILBOX}, whose mail server took it.")


async def test_a_refused_code_is_told_with_the_receivers_words() -> None:
    [_, put_off, again, refused] = await told(
        f"abcdefghijk from=a@google.com queued ip=209.85.1.1:25 to=[{ADDRESS}]",
        f"abcdefghijk from=a@google.com to={MAILBOX} failed (temporary): 450 4.7.25 no PTR record",
        "abcdefghijk from=a@google.com completed loop, next in 1m5.2s",
        f"abcdefghijk from=a@google.com to={MAILBOX} failed (permanent): 550 5.1.1 no such user",
    )
    assert "puts it off: 450 4.7.25 no PTR record." in put_off and "Reverse DNS" in put_off
    assert again == "chasquid tries again in 1m5s."
    assert "refuses it: 550 5.1.1 no such user." in refused


async def test_mail_that_goes_out_is_followed() -> None:
    said = await told(
        f"-bcdefghij_ from={ADDRESS} queued ip={GOOGLE}:7 to=[a@x.test b@y.test]",
        f"-bcdefghij_ from={ADDRESS} to=a@x.test sent",
    )
    assert said == [
        f"A mail from {ADDRESS} to a@x.test b@y.test was handed in.",
        "The mail server of a@x.test took it.",
    ]


async def test_a_wrong_user_name_is_told() -> None:
    said = await told("203.0.113.9:5 auth failed for i@mail.mine.test", "203.0.113.9:6 auth failed for i@")
    ending = f"and there is no such account: it is {ADDRESS}, all of it."
    assert said[0] == f"A program at 203.0.113.9 tried to log in as i@mail.mine.test, {ending}"
    assert said[1] == f"A program at 203.0.113.9 tried to log in as i, {ending}"


async def test_what_is_about_others_is_left_out() -> None:
    said = await told(
        "203.0.113.9:5 auth failed for admin@mine.test",
        "203.0.113.9:5 auth succeeded for other@mine.test",
        "abcdefghijk from=a@b.test queued ip=1.2.3.4:25 to=[other@mine.test]",
        "abcdefghijk from=a@b.test to=me@x.test sent",
        "203.0.113.9:5 rejected from=a@spoof.test - failed SPF: matched all",
    )
    assert said == []


async def test_a_mail_turned_away_is_told() -> None:
    said = await told(
        f"209.85.1.1:25 rejected from=a@b.test to=[{ADDRESS}] - too many recipients",
        "209.85.1.1:25 rejected from=noreply@google.com - failed SPF: matched all",
    )
    assert f"A mail from a@b.test to {ADDRESS} was turned away: too many recipients." in said[0]
    assert "A mail from noreply@google.com was turned away: failed SPF" in said[1]


async def test_addresses_are_compared_as_chasquid_does_and_text_is_made_harmless() -> None:
    said = await told(
        "127.0.0.1:1 auth succeeded for I@Mine.test",
        f"abcdefghijk from=a\x1b[31m@b.test queued ip=1.2.3.4:25 to=[{ADDRESS.replace('@', '+x@')}]",
    )
    assert said[0].startswith("This server itself logged in as")
    assert "\\x1b[31m" in said[1]


async def test_a_journal_that_may_not_be_read_is_an_error() -> None:
    host = ImaginaryHost(commands={("journalctl", ...): Ran(("journalctl",), 1, "", "No journal files were opened")})
    with pytest.raises(HostError):
        await watch(host, Telling(ADDRESS), "", named).__anext__()


@pytest.mark.parametrize(
    ("client", "ip"),
    [
        ("192.0.2.1:476", "192.0.2.1"),
        ("[2001:db8::1]:476", "2001:db8::1"),
        ("[::ffff:192.0.2.1]:5", "192.0.2.1"),
        ("-", ""),
        ("", ""),
    ],
)
def test_the_clients_address_is_read(client: str, ip: str) -> None:
    assert ip_of(client) == ip


@given(st.text(), st.text())
def test_no_line_stops_the_watch(line: str, more: str) -> None:
    telling = Telling(ADDRESS)
    for text in (line, f"{line} auth failed for {more}", f"abcdefghijk from={line} queued ip={more} to=[{ADDRESS}]"):
        if event := parse(text):
            assert "\n" not in telling.tell(event, Client(ip_of(event.client)))


def resolver(back: str) -> object:
    async def lookup(name: str, type: str) -> Answer:
        value = GOOGLES_NAME if type == "PTR" else back
        return Answer(name, type, Outcome.FOUND, (Record(name, type, 60, value),))

    return lookup


async def test_a_name_counts_only_when_it_leads_back() -> None:
    assert await confirmed_name(resolver(GOOGLE), GOOGLE) == GOOGLES_NAME  # type: ignore[arg-type]
    assert await confirmed_name(resolver("203.0.113.1"), GOOGLE) == ""  # type: ignore[arg-type]
    assert await confirmed_name(resolver(GOOGLE), "nonsense") == ""  # type: ignore[arg-type]
    assert not Client("203.0.113.1", "google.com.evil.test").is_google
    assert not Client("203.0.113.1", "notgoogle.com").is_google
