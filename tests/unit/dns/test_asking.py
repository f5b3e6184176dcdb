"""Asking: what each fault of a server comes to. A question without a usable answer is UNKNOWN, never missing."""

from __future__ import annotations

import asyncio
import errno
import time

import pytest

from mailwizard.dns import limits, silence, socket_pool
from mailwizard.dns.answer import Outcome
from mailwizard.dns.dns import Dns
from mailwizard.dns.https import OverHttps
from mailwizard.dns.link import Link
from tests.unit.dns.name_server import RECURSOR, Net, Server, ZoneData, world, zone_text

LONG = " ".join(f'"{"x" * 250}"' for _ in range(8))
TEXT = zone_text(
    {"ns1.example.com": "127.0.0.2", "ns2.example.com": "127.0.0.3"},
    f"""
    @ MX 10 Mail.Example.com.
    mail A 192.0.2.7
    @ TXT "v=spf1 mx" " -all"
    long TXT {LONG}
    www CNAME mail
    _dmarc CNAME policy.example.net.
    loop CNAME pool
    pool CNAME loop
    *.wild TXT "anything"
    b.empty A 192.0.2.8
    brief 1 TXT "short"
    """,
    apex="example.com",
)
OTHER = zone_text({"ns.example.net": "127.0.0.4"}, 'policy TXT "v=DMARC1; p=none"', apex="example.net")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits seconds for servers that are silent on purpose."""
    monkeypatch.setattr(silence, "PAUSES", (0.2, 0.2, 0.2))


def net() -> Net:
    return world({"example.com": TEXT, "example.net": OTHER})


async def test_a_record_is_found_at_a_resolver() -> None:
    async with net() as there, there.dns() as dns:
        answer = await dns.resolve("EXAMPLE.com.", "MX")
        assert (answer.outcome, answer.values) == (Outcome.FOUND, ("10 mail.example.com",))
        assert answer.recursive
        assert not answer.authoritative
        assert (await dns.resolve("example.com", "TXT")).records[0].strings == (b"v=spf1 mx", b" -all")


async def test_missing_is_told_from_no_such_name() -> None:
    async with net() as there, there.dns() as dns:
        assert (await dns.resolve("example.com", "CAA")).outcome is Outcome.NO_DATA
        assert (await dns.resolve("empty.example.com", "A")).outcome is Outcome.NO_DATA
        nothing = await dns.resolve("nothing.example.com", "A")
        assert nothing.outcome is Outcome.NO_NAME
        assert nothing.negative_ttl == 300


@pytest.mark.parametrize(
    ("fault", "value", "why"),
    [
        ("rcode", 2, "SERVFAIL"),
        ("rcode", 5, "REFUSED"),
        ("silent", True, "timed out"),
        ("garbage", b"\x84\0\0\1\0\1\0\0\0\0", None),
        ("truncates", True, None),
    ],
)
async def test_a_faulty_server_never_makes_a_record_missing(fault: str, value: object, why: str | None) -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").silent = False
        setattr(there.at("127.0.0.2"), fault, value)
        answers = await dns.authoritative("example.com", "TXT")
        by_server = {answer.server: answer for answer in answers}
        assert by_server["ns2.example.com (127.0.0.3)"].values == ("v=spf1 mx -all",)
        broken = by_server["ns1.example.com (127.0.0.2)"]
        assert not broken.is_missing
        if why:
            assert broken.outcome is Outcome.UNKNOWN
            assert why in broken.why


async def test_nobody_listening_is_cannot_tell() -> None:
    async with net() as there, there.dns() as dns:
        answer = await dns.ask("127.0.0.99", "example.com", "A")
        assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "connection refused")


async def test_no_socket_and_no_route_are_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    async with net() as there, there.dns() as dns:
        assert (await dns.ask("not an address", "example.com", "A")).why == "not an IP address"
        assert (await dns.ask(RECURSOR, "a..b", "A")).outcome is Outcome.UNKNOWN
        assert (await dns.ask(RECURSOR, "example.com", "NONSENSE")).outcome is Outcome.UNKNOWN


async def test_what_does_not_fit_a_packet_comes_over_tcp() -> None:
    async with net() as there, there.dns() as dns:
        answer = await dns.ask("127.0.0.2", "long.example.com", "TXT")
        assert answer.values == ("x" * 2000,)
        assert [way for *_, way in there.asked] == ["udp", "tcp"]


async def test_a_server_that_changes_the_letter_case_is_asked_over_tcp() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").folds_case = True
        answer = await dns.ask("127.0.0.2", "mail.example.com", "A")
        # over TCP its case does not matter; by chance our question was in lower case already
        assert answer.values == ("192.0.2.7",)
        assert [way for *_, way in there.asked] in (["udp", "tcp"], ["udp"])


async def test_a_server_without_edns_is_asked_without() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").no_edns = True
        assert (await dns.ask("127.0.0.2", "mail.example.com", "A")).values == ("192.0.2.7",)


async def test_lost_packets_are_sent_again() -> None:
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").loss = 0.3
        answers = [await dns.ask("127.0.0.2", "mail.example.com", "A") for _ in range(20)]
        assert not any(answer.is_missing for answer in answers)
        assert sum(answer.outcome is Outcome.FOUND for answer in answers) >= 15
        assert there.lost


async def test_a_busy_program_makes_no_time_outs() -> None:
    async with net() as there, there.dns() as dns:
        question = asyncio.create_task(dns.ask("127.0.0.2", "mail.example.com", "A"))
        await asyncio.sleep(0)
        for _ in range(3):
            time.sleep(0.7)  # the loop stands still, longer than all pauses together
            await asyncio.sleep(0)
        assert (await question).outcome is Outcome.FOUND
        assert len(there.questions("mail.example.com", "A")) == 1


async def test_equal_questions_are_asked_once_and_remembered() -> None:
    async with net() as there, there.dns() as dns:
        await asyncio.gather(*(dns.resolve("mail.example.com", "A") for _ in range(50)))
        await dns.resolve("mail.example.com", "A")
        assert there.questions("mail.example.com", "A") == [RECURSOR]
        dns.forget()
        await dns.resolve("mail.example.com", "A")
        assert len(there.questions("mail.example.com", "A")) == 2


async def test_what_every_server_says_now_is_asked_whatever_is_remembered() -> None:
    async with net() as there, there.dns() as dns:
        missing = await dns.authoritative("new.example.com", "A")
        assert all(answer.is_missing for answer in missing)
        there.at("127.0.0.3").zones["example.com"] = ZoneData.parse("example.com", f"{TEXT}\nnew A 192.0.2.9")
        assert await dns.authoritative("new.example.com", "A") == missing
        values = {answer.server: answer.values for answer in await dns.authoritative_now("new.example.com", "A")}
        assert values == {"ns1.example.com (127.0.0.2)": (), "ns2.example.com (127.0.0.3)": ("192.0.2.9",)}


async def test_nothing_is_remembered_longer_than_its_ttl() -> None:
    async with net() as there, there.dns() as dns:
        await dns.resolve("brief.example.com", "TXT")
        await asyncio.sleep(1.1)
        await dns.resolve("brief.example.com", "TXT")
        assert len(there.questions("brief.example.com", "TXT")) == 2


async def test_cannot_tell_is_not_remembered() -> None:
    async with net() as there, there.dns() as dns:
        there.at(RECURSOR).rcode = 2
        assert (await dns.resolve("mail.example.com", "A")).outcome is Outcome.UNKNOWN
        there.at(RECURSOR).rcode = None
        assert (await dns.resolve("mail.example.com", "A")).outcome is Outcome.FOUND


async def test_who_gives_up_does_not_disturb_others() -> None:
    async with net() as there, there.dns() as dns:
        there.at(RECURSOR).rtt = 0.2
        impatient = asyncio.create_task(dns.resolve("mail.example.com", "A"))
        patient = asyncio.create_task(dns.resolve("mail.example.com", "A"))
        await asyncio.sleep(0.05)
        impatient.cancel()
        assert (await patient).outcome is Outcome.FOUND


async def test_the_next_resolver_answers_for_one_that_does_not() -> None:
    there = net()
    there.servers["127.0.0.54"] = Server(there.at(RECURSOR).zones, recursive=True)
    there.at(RECURSOR).rcode = 2
    async with there, there.dns(resolvers=["127.0.0.54"]) as dns:
        answer = await dns.resolve("mail.example.com", "A")
        assert (answer.server, answer.outcome) == ("127.0.0.54", Outcome.FOUND)
        there.at("127.0.0.54").silent = True
        dns.forget()
        answer = await dns.resolve("mail.example.com", "A")
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.why == "127.0.0.53: SERVFAIL; 127.0.0.54: timed out"


async def test_each_public_resolver_is_asked() -> None:
    there = net()
    stale = ZoneData.parse("example.com", TEXT.replace("192.0.2.7", "192.0.2.1"))
    there.servers["127.0.0.54"] = Server({**there.at(RECURSOR).zones, "example.com": stale}, recursive=True)
    async with there, there.dns(resolvers=[RECURSOR, "127.0.0.54"]) as dns:
        answers = await dns.at_resolvers("mail.example.com", "A")
        assert [(answer.server, answer.values) for answer in answers] == [
            (RECURSOR, ("192.0.2.7",)),
            ("127.0.0.54", ("192.0.2.1",)),
        ]


async def test_what_a_resolver_has_cached_is_learned_without_having_it_ask() -> None:
    there = net()
    old = there.at("127.0.0.2").reply("mail.example.com", 1)
    there.servers["127.0.0.54"] = Server({}, recursive=True, remembered={("mail.example.com", "A"): old})
    async with there, there.dns(resolvers=[RECURSOR, "127.0.0.54"]) as dns:
        answers = await dns.remembered("Mail.Example.com", "A")
        assert [(answer.outcome, answer.values) for answer in answers] == [
            (Outcome.UNKNOWN, ()),
            (Outcome.FOUND, ("192.0.2.7",)),
        ]
        assert there.questions("mail.example.com", "A") == [RECURSOR, "127.0.0.54"]


async def test_aliases_are_followed() -> None:
    async with net() as there, there.dns() as dns:
        inside = await dns.resolve("www.example.com", "A")
        assert inside.values == ("192.0.2.7",)
        assert [alias.value for alias in inside.aliases] == ["mail.example.com"]
        for answer in await dns.authoritative("_dmarc.example.com", "TXT"):
            assert answer.values == ("v=DMARC1; p=none",)
            assert [alias.value for alias in answer.aliases] == ["policy.example.net"]
        assert (await dns.authoritative_lookup("_dmarc.example.com", "TXT")).values == ("v=DMARC1; p=none",)
        assert (await dns.resolve("_dmarc.example.com", "CNAME")).values == ("policy.example.net",)


async def test_aliases_in_a_circle_are_cannot_tell() -> None:
    zones = {
        "example.com": TEXT.replace("policy.example.net.", "back.example.net."),
        "example.net": OTHER + "back CNAME _dmarc.example.com.\n",
    }
    async with world(zones) as there, there.dns() as dns:
        assert (await dns.resolve("_dmarc.example.com", "TXT")).outcome is Outcome.UNKNOWN
        for answer in await dns.authoritative("_dmarc.example.com", "TXT"):
            assert answer.outcome is Outcome.UNKNOWN
        assert (await dns.authoritative_lookup("_dmarc.example.com", "TXT")).outcome is Outcome.UNKNOWN


async def test_a_wildcard_answers() -> None:
    async with net() as there, there.dns() as dns:
        answer = await dns.authoritative_lookup("x.wild.example.com", "TXT")
        assert answer.records[0].name == "x.wild.example.com"
        assert answer.values == ("anything",)


async def test_never_more_in_flight_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    there = net()
    flying, most = 0, 0
    wire = there.wire

    def counted(address: str, packet: bytes, way: str) -> bytes | None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        asyncio.get_running_loop().call_later(0.05, landed)
        return wire(address, packet, way)

    def landed() -> None:
        nonlocal flying
        flying -= 1

    monkeypatch.setattr(there, "wire", counted)
    there.at("127.0.0.2").rtt = 0.05
    async with there, there.dns() as dns:
        answers = await asyncio.gather(*(dns.ask("127.0.0.2", f"x{n}.wild.example.com", "TXT") for n in range(300)))
        assert {answer.outcome for answer in answers} == {Outcome.FOUND}
        assert most <= limits.PER_ADDRESS


async def test_a_dead_server_is_asked_less_and_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "SHORT_PAUSES", (0.1,))
    async with net() as there, there.dns() as dns:
        there.at("127.0.0.2").silent = True
        answers = [await dns.ask("127.0.0.2", f"n{n}.example.com", "A") for n in range(40)]
        assert {(answer.outcome, answer.why) for answer in answers} == {(Outcome.UNKNOWN, "timed out")}
        assert len(there.asked) == 3 * silence.SHORT + (silence.NONE - silence.SHORT)
        there.at("127.0.0.2").silent = False
        dns.forget()
        assert (await dns.ask("127.0.0.2", "mail.example.com", "A")).outcome is Outcome.FOUND


async def test_https_answers_where_port_53_is_silent_or_intercepted() -> None:
    there = net()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length: ")[1].split("\r\n")[0])
        reply = there.wire(RECURSOR, await reader.readexactly(size), "https") or b""
        lines = f"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\nContent-Length: {len(reply)}\r\n\r\n"
        writer.write(lines.encode() + reply)
        await writer.drain()
        writer.close()

    there.servers["127.0.0.54"] = Server(silent=True)
    async with there, await asyncio.start_server(serve, "127.0.0.1", 0) as web:
        url = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}/dns-query"
        async with Dns(["127.0.0.54"], port=there.port, system=["127.0.0.54"], https={"127.0.0.54": url}) as dns:
            (answer,) = await dns.at_resolvers("mail.example.com", "A")
            assert (answer.values, answer.server) == (("192.0.2.7",), "127.0.0.54 over HTTPS")
            assert (await dns.resolve("nothing.example.com", "A")).outcome is Outcome.NO_NAME
            assert [way for *_, way in there.asked].count("https") == 2
        async with Dns(["127.0.0.54"], port=there.port, system=[RECURSOR], https={"127.0.0.54": url}) as dns:
            for address in ("127.0.0.2", "127.0.0.3", "127.0.0.40"):
                there.servers[address] = there.at(RECURSOR)
            assert "intercepted" in (await dns.zone("example.com")).why
            there.asked.clear()
            (answer,) = await dns.at_resolvers("mail.example.com", "A")
            assert answer.server == "127.0.0.54 over HTTPS"
            assert [way for *_, way in there.asked] == ["https"]


async def test_https_that_fails_is_cannot_tell() -> None:
    way = OverHttps({"192.0.2.1": "http://127.0.0.1:1/dns-query"})
    answer = await way.ask("192.0.2.1", "example.com", "A")
    await way.close()
    assert answer.outcome is Outcome.UNKNOWN
    assert "no answer over HTTPS" in answer.why


@pytest.mark.parametrize("name", ["Bücher.Example.com", "a b.example.com", "o=1+2.example.com", "\\119ww.EXAMPLE.com."])
async def test_odd_names_are_recognised_in_the_answer(name: str) -> None:
    text = TEXT + 'xn--bcher-kva TXT "x"\na\\032b TXT "x"\no=1+2 TXT "x"\n'
    async with world({"example.com": text.replace("www CNAME mail", 'www TXT "x"')}) as there, there.dns() as dns:
        for answer in (await dns.resolve(name, "TXT"), *(await dns.authoritative(name, "TXT"))):
            assert answer.values == ("x",)


async def test_too_many_open_files_is_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(server: str, port: int) -> Link:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket_pool, "Link", full)
    monkeypatch.setattr(socket_pool, "FILE_TURNS", 3)
    async with net() as there, there.dns() as dns:
        answer = await dns.resolve("mail.example.com", "A")
        assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "127.0.0.53: too many open files")
        monkeypatch.setattr(socket_pool, "Link", Link)
        assert (await dns.resolve("mail.example.com", "A")).outcome is Outcome.FOUND


async def test_a_file_that_becomes_free_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def full_at_first(server: str, port: int) -> Link:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise OSError(errno.EMFILE, "Too many open files")
        return Link(server, port)

    monkeypatch.setattr(socket_pool, "Link", full_at_first)
    async with net() as there, there.dns() as dns:
        assert (await dns.resolve("mail.example.com", "A")).outcome is Outcome.FOUND


def test_each_server_has_its_turn() -> None:
    limit, gone = limits.Limits(), []
    for n in range(limits.IN_FLIGHT * 2):
        server = f"s{n % 2}"
        limit.enter(server, lambda server=server: gone.append(server))  # type: ignore[misc]
    for _ in range(10):
        limit.enter("late", lambda: gone.append("late"))
    assert len(gone) == limits.IN_FLIGHT
    assert gone.count("s0") == limits.PER_ADDRESS
    for n in range(20):
        limit.leave(f"s{n % 2}")
    assert len(gone) == limits.IN_FLIGHT + 20
    assert gone.count("late") >= 6  # the latecomer does not wait for the long queues
