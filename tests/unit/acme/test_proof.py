"""The proof in the DNS: what acme.sh says of it, and the file that ends its wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.acme import proof
from mailwizard.acme.client import Order
from mailwizard.acme.issue import IssueCertificate
from mailwizard.acme.plugins import script_path
from mailwizard.acme.proof import SEEN_PATH, Proofs, look, watched
from mailwizard.acme.renewal import unit_texts
from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.errors import HostError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran, Report
from mailwizard.secret import Secret
from tests.unit.services.debian_machine import DebianMachine

ONE, TWO = "a" * 43, "B-_0" * 10 + "xyz"
NAME = "_acme-challenge.example.com"
NAMES = ("example.com", "*.example.com")
ALL_ADDED = "Let's check each DNS record now. Sleeping for 20 seconds first."


def adding(value: str, name: str = NAME) -> str:
    return f"Adding TXT value: {value} for domain: {name}"


def shows(*values: str, server: str = "ns1.example.net (192.0.2.1)", alias: str = "") -> Answer:
    records = tuple(Record(alias or NAME, "TXT", 60, value) for value in values)
    aliases = (Record(NAME, "CNAME", 60, alias),) if alias else ()
    return Answer(NAME, "TXT", Outcome.FOUND if records else Outcome.NO_NAME, records, aliases, server=server)


SILENT = Answer(NAME, "TXT", Outcome.UNKNOWN, server="ns2.example.net (192.0.2.2)", why="timed out")


class Servers:
    """What they say, look by look; the last goes on. `asked` are the names."""

    def __init__(self, *looks: Sequence[Answer]) -> None:
        self.looks = list(looks)
        self.asked: list[str] = []

    async def __call__(self, name: str, type: str) -> list[Answer]:
        assert type == "TXT"
        self.asked.append(name)
        return list(self.looks.pop(0) if len(self.looks) > 1 else self.looks[0])


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_FIRST_PAUSE", 0)


def heard(*lines: str) -> Proofs:
    proofs = Proofs(NAMES)
    for line in lines:
        proofs.hear(line)
    return proofs


def test_both_values_at_one_name_are_heard() -> None:
    proofs = heard("Getting webroot for domain: example.com", adding(ONE), "Adding record", adding(TWO))
    assert proofs.values == {NAME: {ONE, TWO}} and not proofs.added.is_set()
    proofs.hear(ALL_ADDED)
    assert proofs.added.is_set() and proofs.domains == ["example.com"]


@pytest.mark.parametrize(
    "line",
    [
        adding(ONE, "_acme-challenge.bank.example"),
        adding(ONE, "example.com"),
        adding(ONE, f"{NAME}; rm -rf /"),
        adding(ONE, f"{NAME}\x1b[2J"),
        adding(ONE[1:]),
        adding("$(reboot)"),
        "Adding TXT value: ",
    ],
)
def test_a_line_that_does_not_fit_the_order_leaves_acme_sh_alone(line: str) -> None:
    proofs = heard(adding(ONE), line, adding(TWO), ALL_ADDED)
    assert proofs.values == {NAME: {ONE, TWO}} and not proofs.added.is_set()


def test_more_values_than_an_order_has_are_not_believed() -> None:
    proofs = heard(*(adding(f"{number:043}") for number in range(1000)), ALL_ADDED)
    assert len(proofs.values[NAME]) < 10 and not proofs.added.is_set()


def test_nothing_was_added_so_nothing_is_awaited() -> None:
    assert not heard(ALL_ADDED).added.is_set()


@given(st.lists(st.one_of(st.text(max_size=80), st.builds(adding, st.text(max_size=50), st.text(max_size=50)))))
def test_no_words_make_another_name_looked_up(lines: list[str]) -> None:
    assert set(heard(*lines, ALL_ADDED).values) <= {NAME}


@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True), min_size=1, max_size=8, unique=True))
def test_every_value_of_an_order_is_awaited(values: list[str]) -> None:
    proofs = heard(*map(adding, values), ALL_ADDED)
    assert proofs.values == {NAME: set(values)} and proofs.added.is_set()


async def sentences(*answers: Answer) -> list[str]:
    return [sight.lacking for sight in await look(Servers(answers), {NAME: {ONE, TWO}})]


async def test_a_server_shows_it_when_it_has_every_value() -> None:
    assert await sentences(shows(TWO, "left over", ONE)) == [""]
    lacking = "ns1.example.net does not show the proof yet."
    assert await sentences(shows(ONE)) == await sentences(shows()) == [lacking]
    assert await sentences(shows(ONE, TWO), SILENT) == [
        "",
        "ns2.example.net (192.0.2.2) gives no answer (timed out); acme.sh looks for itself.",
    ]


async def test_a_dead_address_of_a_server_that_answers_holds_nothing_up() -> None:
    dead = Answer(NAME, "TXT", Outcome.UNKNOWN, server="ns1.example.net (2001:db8::1)", why="timed out")
    assert await sentences(dead, shows(ONE, TWO)) == [""]


async def test_an_aliass_target_is_asked_at_all_of_its_servers() -> None:
    aliased = shows(ONE, alias="x.auth.example")
    stale = shows(server="ns2.auth.example (192.0.2.9)")
    servers = Servers([aliased], [shows(ONE, server="ns1.auth.example (192.0.2.8)"), stale])
    sights = await look(servers, {NAME: {ONE}})
    assert servers.asked == [NAME, "x.auth.example"]
    assert [bool(sight.lacking) for sight in sights] == [False, False, True]


async def ordered(host: ImaginaryHost, servers: Servers, *lines: str) -> list[str]:
    """acme.sh says the lines and sleeps until the file is there; what the user is told."""
    said: list[str] = []
    async with watched(host, NAMES, servers, said.append) as hear:
        for line in lines:
            hear(line)
        while SEEN_PATH not in host.files:
            await asyncio.sleep(0)
    return said


async def test_the_sleep_ends_once_every_server_shows_it() -> None:
    both = [shows(ONE, TWO), shows(ONE, TWO, server="ns2.example.net (192.0.2.2)")]
    servers = Servers([shows(ONE, TWO), SILENT], [shows(ONE), both[1]], both, [shows(ONE), both[1]], both)
    host = ImaginaryHost({"/var/lib/mailwizard/x": b""})
    said = await ordered(host, servers, adding(ONE), adding(TWO), ALL_ADDED)
    assert said[-3:] == [
        "ns2.example.net (192.0.2.2) gives no answer (timed out); acme.sh looks for itself.",
        "ns1.example.net does not show the proof yet.",
        "The proof is seen at all 2 name servers of example.com.",
    ]
    assert len(servers.asked) == 6  # seen twice in a row, not once
    assert SEEN_PATH not in host.files and host.written == [SEEN_PATH]


async def test_nothing_is_seen_before_acme_sh_has_put_it_there() -> None:
    host, servers = ImaginaryHost({SEEN_PATH: b""}), Servers([shows(ONE)])
    async with watched(host, NAMES, servers, lambda line: None) as hear:
        assert SEEN_PATH not in host.files  # that of a mailwizard that was killed
        hear(adding(ONE))
        for _ in range(50):
            await asyncio.sleep(0)
        assert servers.asked == []
    assert host.written == []


async def test_without_name_servers_to_ask_nothing_is_seen() -> None:
    host, servers = ImaginaryHost(), Servers([])
    async with watched(host, NAMES, servers, lambda line: None) as hear:
        hear(adding(ONE))
        hear(ALL_ADDED)
        while len(servers.asked) < 5:
            await asyncio.sleep(0)
    assert host.written == []


async def test_a_full_disk_does_not_end_the_order() -> None:
    class Full(ImaginaryHost):
        async def write(
            self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root"
        ) -> None:
            raise HostError("The disk is full.")

    said: list[str] = []
    async with watched(Full(), NAMES, Servers([shows(ONE)]), said.append) as hear:
        hear(adding(ONE))
        hear(ALL_ADDED)
        while not said[-1].startswith("The disk is full."):
            await asyncio.sleep(0)
    assert said[-1] == "The disk is full. acme.sh waits on, and looks for itself."


async def test_a_failed_order_ends_the_watch() -> None:
    host, servers = ImaginaryHost(), Servers([shows()])
    with pytest.raises(HostError):
        async with watched(host, NAMES, servers, lambda line: None) as hear:
            hear(adding(ONE))
            hear(ALL_ADDED)
            raise HostError("no")
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_fault_of_the_watch_is_not_hidden() -> None:
    async def broken(name: str, type: str) -> list[Answer]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with watched(ImaginaryHost(), NAMES, broken, lambda line: None) as hear:
            hear(adding(ONE))
            hear(ALL_ADDED)
            for _ in range(20):
                await asyncio.sleep(0)


class Streaming(DebianMachine):
    """Its acme.sh speaks while it runs, and sleeps until the file is there."""

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        ran = await super().run(argv, stdin=stdin, env=env, timeout=timeout)
        if "--issue" in argv and report:
            for line in (adding(ONE), ALL_ADDED):
                report(f"[Tue Nov 24 12:00:00 UTC 2026] {line}")
            while (env or {})["MAILWIZARD_SEEN"] not in self.files:
                await asyncio.sleep(0)
        return ran


async def test_both_orders_end_their_wait() -> None:
    host, said = Streaming(), list[str]()
    host.files[script_path("dns_cf")] = ImaginaryFile(b"#")
    await IssueCertificate(Order(NAMES, "dns_cf"), {}, Servers([shows(ONE)])).perform(host, said.append)
    assert said.count("The proof is seen at the name server of example.com.") == 2
    assert host.written == [SEEN_PATH, SEEN_PATH] and SEEN_PATH not in host.files
    environments = [env for env in host.environments if env]  # the others are rm's
    assert [env.get("MAILWIZARD_SEEN") for env in environments] == [SEEN_PATH, None, SEEN_PATH]  # `--list` has none


def test_a_renewal_knows_nothing_of_it() -> None:
    assert all("MAILWIZARD_SEEN" not in text and SEEN_PATH not in text for text in unit_texts().values())
