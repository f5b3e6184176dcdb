"""The three ports seen from outside: what is made of both views."""

from __future__ import annotations

import pytest

from mailwizard.answers import Answers, Probes, Server
from mailwizard.errors import Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Stream
from mailwizard.mta.outside import judge, seen_from_outside
from mailwizard.mta.ports import Answered, judge_port

GOOD = {port: Answered(port, "220 mail.example ESMTP chasquid", True, b"der") for port in (25, 465, 587)}
CLOSED = {
    port: Answered(port, trouble=f"198.51.100.7 port {port}: no answer within 6 s.", silent=True) for port in GOOD
}
PROXY = Answered(25, "220 relay.isp.example ESMTP", False)


def own(port: int) -> Finding:
    return judge_port(GOOD[port])


@pytest.mark.parametrize("port", [25, 465, 587])
def test_both_views_agree(port: int) -> None:
    found = judge(own(port), GOOD[port], "laptop", ways_out=True)
    assert found.status is Status.OK
    assert found.found[-1] == "from laptop: the same"
    assert found.source == f"127.0.0.1 port {port}; and from laptop"
    assert found.id == f"chasquid.port_{port}"


@pytest.mark.parametrize("port", [25, 465, 587])
def test_closed_from_outside(port: int) -> None:
    found = judge(own(port), CLOSED[port], "laptop", ways_out=True)
    assert (found.status, found.cause) == (Status.FAILED, "closed_outside")
    assert f"incoming TCP {port}" in found.fix
    assert f"from laptop: 198.51.100.7 port {port}: no answer" in found.found[-1]


def test_a_network_that_lets_nobody_out_says_nothing_about_the_server() -> None:
    found = judge(own(25), CLOSED[25], "laptop", ways_out=False)
    assert (found.status, found.cause, found.fix) == (Status.UNKNOWN, "no_way_out", "")
    assert not found.waits


def test_something_between_that_answers_itself() -> None:
    found = judge(own(25), PROXY, "laptop", ways_out=True)
    assert (found.status, found.cause) == (Status.UNKNOWN, "other_answer")
    assert "from laptop: 220 relay.isp.example ESMTP" in found.found


class Laptop:
    """A machine that is reached from elsewhere; `refused` are the places that nothing leads to from there."""

    def __init__(self, *refused: str, address: str = "203.0.113.7") -> None:
        self.refused = refused
        self.address = address
        self.asked: list[tuple[str, int]] = []

    async def address_from_here(self) -> str:
        return self.address

    async def dial_from_here(self, name: str, port: int, *, timeout: float = 10) -> Stream:
        self.asked.append((name, port))
        if name in self.refused:
            raise Unreachable(f"{name} port {port}: no answer within {timeout:g} s.")
        return Silent()


class Silent:
    """A connection that ends at once."""

    async def read(self) -> bytes:
        return b""

    async def write(self, data: bytes) -> None:
        return

    async def close(self) -> None:
        return


ANSWERS = Answers(Server("mail.example", ipv4="198.51.100.7"), probes=Probes(outbound_smtp=("mx.one", "mx.two")))


@pytest.mark.parametrize(
    ("port", "refused", "status"),
    [
        (25, ("198.51.100.7",), Status.FAILED),
        (25, ("198.51.100.7", "mx.one"), Status.FAILED),
        (25, ("198.51.100.7", "mx.one", "mx.two"), Status.UNKNOWN),
        (465, ("198.51.100.7", "mx.one", "mx.two"), Status.FAILED),
    ],
)
async def test_other_servers_are_asked_before_the_blame_is_laid(
    port: int, refused: tuple[str, ...], status: Status
) -> None:
    found = await seen_from_outside(Laptop(*refused), ANSWERS, port, own(port))
    assert found.status is status


async def test_what_the_server_itself_does_not_see_is_not_looked_at() -> None:
    laptop, closed = Laptop(), judge_port(CLOSED[25])
    assert await seen_from_outside(laptop, ANSWERS, 25, closed) == closed
    assert laptop.asked == []


async def test_a_machine_that_is_this_one_has_no_outside() -> None:
    assert await seen_from_outside(object(), ANSWERS, 25, own(25)) == own(25)


async def test_without_an_address_in_the_answers_it_is_the_one_of_the_connection() -> None:
    laptop, answers = Laptop("203.0.113.7"), Answers(Server("mail.example"))
    found = await seen_from_outside(laptop, answers, 465, own(465))
    assert (found.status, laptop.asked) == (Status.FAILED, [("203.0.113.7", 465)])


async def test_a_machine_behind_another_one_is_not_judged_by_a_guess() -> None:
    laptop, answers = Laptop(address=""), Answers(Server("mail.example"))
    found = await seen_from_outside(laptop, answers, 465, own(465))
    assert (found.status, found.cause, laptop.asked) == (Status.UNKNOWN, "no_address", [])
    assert "through another machine" in found.found[-1]
    assert "server.ipv4" in found.fix
