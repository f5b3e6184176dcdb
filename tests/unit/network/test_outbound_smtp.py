"""Outgoing port 25: what an attempt comes to, and what is said of them together."""

from __future__ import annotations

import pytest

from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.errors import HostError, Unreachable
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.network.outbound_smtp import Attempt, End, attempts, finding

OPERATORS = ("mx.google.example", "mx.outlook.example")
ADDRESSES = {"mx.google.example": "192.0.2.1", "mx.outlook.example": "192.0.2.2"}


class Names:
    """A DNS of two names."""

    def __init__(self, outcome: Outcome = Outcome.FOUND) -> None:
        self.outcome = outcome

    async def resolve(self, name: str, type: str) -> Answer:
        if self.outcome is not Outcome.FOUND:
            return Answer(name, type, self.outcome, why="timed out")
        return Answer(name, type, self.outcome, (Record(name, type, 60, ADDRESSES[name]),))


async def tried(first: bytes | HostError, second: bytes | HostError) -> list[Attempt]:
    host = ImaginaryHost(connections={("192.0.2.1", 25): first, ("192.0.2.2", 25): second})
    return await attempts(host, Names(), OPERATORS, 4)


NO_ANSWER = Unreachable("192.0.2.1 port 25: no answer within 6 s.")
REFUSED = Unreachable("192.0.2.2 port 25: the connection was refused.")
NO_WAY = Unreachable("192.0.2.2 port 25: the network is unreachable.")
GOOD = b"220 mx.google.example ESMTP ready\r\n"
PROXY = b"220 filter.host.example ESMTP\r\n"


@pytest.mark.parametrize(
    ("first", "second", "status", "cause"),
    [
        (GOOD, b"220-mx.outlook.example\r\n220 hello\r\n", Status.OK, ""),
        (GOOD, NO_ANSWER, Status.OK, ""),
        (NO_ANSWER, NO_ANSWER, Status.FAILED, "timed_out"),
        (NO_ANSWER, REFUSED, Status.FAILED, "timed_out"),
        (REFUSED, REFUSED, Status.FAILED, "refused"),
        (NO_WAY, NO_WAY, Status.FAILED, "no_way"),
        (PROXY, PROXY, Status.FAILED, "proxied"),
        (PROXY, NO_ANSWER, Status.WARNING, "other_name"),
        (b"554 5.7.1 your address is listed\r\n", NO_ANSWER, Status.WARNING, "turned_away"),
        (b"", b"", Status.FAILED, "timed_out"),
        (b"HTTP/1.1 400 Bad Request\r\n", NO_ANSWER, Status.FAILED, "timed_out"),
    ],
)
async def test_the_verdict(first: bytes | HostError, second: bytes | HostError, status: Status, cause: str) -> None:
    found = finding(await tried(first, second), 4)
    assert (found.id, found.status, found.cause) == ("os.smtp_out_ipv4", status, cause)
    assert bool(found.fix) is (status is not Status.OK)


async def test_who_hangs_up_after_greeting_has_greeted() -> None:
    host = ImaginaryHost(connections={("192.0.2.1", 25): lambda said: None if said else GOOD})
    assert (await attempts(host, Names(), OPERATORS[:1], 4))[0].end is End.GREETED


async def test_nothing_but_quit_is_sent() -> None:
    heard: list[bytes] = []

    def mx(said: bytes) -> bytes:
        heard.append(said)
        return b"" if said else GOOD

    await attempts(ImaginaryHost(connections={("192.0.2.1", 25): mx}), Names(), OPERATORS[:1], 4)
    assert heard == [b"", b"QUIT\r\n"]


async def test_a_greeting_is_safe_to_print() -> None:
    found = await tried(b"220 mx.google.example \x1b[2J\r\n", NO_ANSWER)
    assert found[0].said == "220 mx.google.example \\x1b[2J"


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NO_DATA])
async def test_without_an_address_nothing_is_known(outcome: Outcome) -> None:
    found = finding(await attempts(ImaginaryHost(), Names(outcome), OPERATORS, 6), 6)
    assert (found.status, found.fix) == (Status.UNKNOWN, "")


def test_one_operator_that_could_not_be_looked_up_leaves_it_open() -> None:
    found = finding([Attempt("a", End.SILENT), Attempt("b", End.UNRESOLVED)], 4)
    assert found.status is Status.UNKNOWN


def test_ipv6_can_be_given_up() -> None:
    assert '"off" as IPv6 address' in finding([Attempt("a", End.SILENT)], 6).fix


def test_nobody_to_ask_is_skipped() -> None:
    assert finding([], 4).status is Status.SKIPPED
