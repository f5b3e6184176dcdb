"""Mail from outside, seen arriving: what is told, what counts as handed over, and what strangers cannot make it say."""

from __future__ import annotations

import json
from contextlib import aclosing
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.answers import Answers, Domain, Server
from mailwizard.errors import UsageError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.mta.aliases import parse_aliases
from mailwizard.mta.inbound import Inbound
from mailwizard.mta.mail_log import parse
from mailwizard.programs.arriving import Arriving, addresses_given, addresses_to_try, arriving
from mailwizard.programs.telling import Client
from mailwizard.programs.watch import watch

DOMAIN, OWN = "mine.test", ("198.51.100.7", "2001:db8:7::7")
ME, ANY = f"i@{DOMAIN}", f"any123@{DOMAIN}"
ALIASES = parse_aliases("i: me@gmail.com\n*: me@gmail.com\n", DOMAIN)
FRIEND = "from=friend@x.test"
TIME = datetime(2026, 11, 24, tzinfo=timezone.utc)


def watching(*wanted: str) -> Arriving:
    return Arriving(wanted or (ME, ANY), {DOMAIN: ALIASES}, Inbound(OWN, (DOMAIN,)))


def hear(told: Arriving, *lines: str) -> list[str]:
    """The sentences about these lines."""
    said = []
    for line in lines:
        event = parse(line)
        if event and told.concerns(event) and (text := told.tell(event, Client("209.85.1.1", "mail.x.test"))):
            said.append(text)
    return said


def mail(id: str, to: str, *rest: str, ip: str = "209.85.1.1:25", sender: str = FRIEND) -> list[str]:
    return [f"{id} {sender} queued ip={ip} to=[{to}]", *(f"{id} {sender} {line}" for line in rest)]


def test_it_is_told_from_the_arrival_to_the_receivers_answer() -> None:
    told = watching()
    said = hear(told, *mail("abcdefghijk", ANY, "to=me@gmail.com sent", "all done"))
    assert said == [
        f"A mail from friend@x.test to {ANY} arrived from 209.85.1.1 (mail.x.test). "
        "The line * of the aliases takes it, to me@gmail.com.",
        f"Mail to {ANY}: It was passed on to me@gmail.com, whose mail server took it.",
        f"Seen: mail to {ANY} arrives, and is passed on.",
    ]
    assert told.waiting == [ME]
    hear(told, *mail("bbcdefghijk", "I+x@Mine.test", "to=me@gmail.com sent", "all done"))
    assert told.waiting == []


def test_what_is_put_off_or_refused_is_told_and_still_waited_for() -> None:
    told = watching(ME)
    rest = ("to=me@gmail.com failed (temporary): 450 4.7.25 no PTR", "completed loop, next in 1m5.2s")
    _, put_off, again = hear(told, *mail("abcdefghijk", ME, *rest))
    assert "450 4.7.25 no PTR" in put_off and again.endswith("chasquid tries again in 1m5s.")
    _, refused = hear(told, *mail("bbcdefghijk", ME, "to=me@gmail.com failed (permanent): 550 5.7.1 no", "all done"))
    assert "550 5.7.1 no" in refused
    assert told.waiting == [ME]


def test_a_refusal_that_ends_like_a_delivery_is_none() -> None:
    told = watching(ME)
    hear(told, *mail("abcdefghijk", ME, "to=me@gmail.com failed (permanent): 550 to=me@gmail.com sent", "all done"))
    assert told.waiting == [ME]


def test_an_address_that_no_line_takes_is_told() -> None:
    told = Arriving((ME,), {DOMAIN: {}}, Inbound(OWN, (DOMAIN,)))
    (said,) = hear(told, *mail("abcdefghijk", ME))
    assert said.endswith(f"No line of the aliases takes {ME}: it will bounce.")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (mail("abcdefghijk", ME, ip="127.0.0.1:25"), "from this machine"),
        (mail("abcdefghijk", ME, ip="10.0.0.8:25"), "from the network beside it"),
        (mail("abcdefghijk", ME, ip="198.51.100.7:25"), "from its own address"),
        (mail("abcdefghijk", ME, ip="[2001:db8:7::7]:25"), "from its own IPv6 address"),
        (mail("abcdefghijk", ME, sender=f"from=jo@{DOMAIN}"), "as one of our own, who logs in"),
        (["209.85.1.1:25 auth succeeded for jo@mine.test", *mail("abcdefghijk", ME)], "by somebody who logged in"),
        (mail("abcdefghijk", "someone@else.test"), "to somebody else"),
        (mail("abcdefghijk", f'"{ME} x"@{DOMAIN}'), "to a quoted address that looks like several"),
        (mail("abcdefghijk", ME, sender='from="a@b"@x.test'), "from a quoted address"),
        (mail("abcdefghijk", ME, sender=f'from="x queued ip=1.2.3.4:5 to=[{ME}]"@x.test'), "a line inside an address"),
    ],
)
def test_what_did_not_come_from_outside_proves_nothing(lines: list[str], why: str) -> None:
    told = watching(ME)
    done = [lines[-1].partition(" queued")[0] + rest for rest in (" to=me@gmail.com sent", " all done")]
    assert hear(told, *lines, *done) == [], why
    assert told.waiting == [ME]


def test_what_strangers_wrote_is_harmless() -> None:
    told = watching(ME)
    (said,) = hear(told, *mail("abcdefghijk", ME, sender="from=a\x1b[31m[bold]@x.test"))
    assert "\x1b" not in said and "\\x1b[31m[bold]@x.test" in said


@given(st.text(), st.text())
def test_no_line_stops_it(line: str, more: str) -> None:
    told = watching(ME)
    for text in (
        line,
        f"abcdefghijk from={line} queued ip={more} to=[{ME}]",
        f"1.2.3.4:5 rejected from={line} to=[{ME}] - x",
    ):
        assert all("\n" not in said for said in hear(told, text))


def test_it_does_not_remember_without_end() -> None:
    found = Inbound(OWN, (DOMAIN,))
    for number in range(1500):
        event = parse(f"{number:011d} {FRIEND} queued ip=209.85.1.1:25 to=[{ME}]")
        assert event
        found.hear(event, TIME)
    assert len(found.mails) == 1000 and f"{1499:011d}" in found.mails


RECEIVING = Domain(DOMAIN, ("i", "jo"), receive=True, forward={"*": "me@gmail.com"})
ANSWERS = Answers(Server("mail.mine.test", ipv4=OWN[0], ipv6=OWN[1]), domains=(RECEIVING, Domain("other.test", ("x",))))


def test_whom_it_watches_for() -> None:
    assert addresses_to_try(ANSWERS) == [ME, ANY]
    assert addresses_given([], ANSWERS) == [ME, ANY]
    assert addresses_given(["RUA@Mine.test", "rua@mine.test"], ANSWERS) == ["rua@mine.test"]
    for wrong in ("nobody", "x@other.test", "x@\x1b[1m"):
        with pytest.raises(UsageError) as refused:
            addresses_given([wrong], ANSWERS)
        assert "\x1b" not in str(refused.value)


async def test_the_watch_tells_it_from_the_journal() -> None:
    lines = mail("abcdefghijk", ME, "to=me@gmail.com sent", "all done")
    text = "".join(
        json.dumps({"__CURSOR": str(n), "__REALTIME_TIMESTAMP": "1795000000000000", "MESSAGE": line}) + "\n"
        for n, line in enumerate(lines, 1)
    )
    path = f"/etc/chasquid/domains/{DOMAIN}/aliases"
    host = ImaginaryHost({path: "i: me@gmail.com\n"}, {("journalctl", ...): text, ("ip", ...): "[]"})
    told = await arriving(host, ANSWERS, [ME])

    async def named(address: str) -> str:
        return ""

    async with aclosing(watch(host, told, "s", named, pause=0)) as sentences:
        said = [(await anext(sentences)).text for _ in range(3)]
    assert "The line i of the aliases takes it, to me@gmail.com." in said[0]
    assert told.waiting == []
