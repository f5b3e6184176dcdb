"""Reports and postmaster: which lines come for them, where they lead, and what is told of those that would bounce."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard.answers import Answers, Certificate, Dmarc, Domain, Server
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.services.forwarding import NOTE, Forwarding
from tests.unit.services.small_dns import SmallDns
from tests.unit.services.test_forwarding import FORWARD, HERE, LINES, PATH, look_at_all, machine

SENDER = Domain("example.com", ("i",), dmarc=Dmarc(rua="rua@example.com"), receive=True, forward={"i": "me@gmail.com"})
ALL = f"# {NOTE}\ni: me@gmail.com\npostmaster: me@gmail.com\nabuse: me@gmail.com\nrua: me@gmail.com\n"
NULL_MX = {("null.test", "MX"): ["0 ."]}


def given(*domains: Domain, email: str = "") -> Answers:
    return Answers(server=Server(hostname="smtp.example.com"), certificate=Certificate(email=email), domains=domains)


async def reports(text: str | None, answers: Answers, records: SmallDns, **machine_is: object) -> Finding:
    finding = (await look_at_all(machine(text, **machine_is), answers, records))["forwarding.reports"]  # type: ignore[arg-type]
    assert finding.source == PATH
    return finding


async def placed(text: str | None, answers: Answers, dns: SmallDns) -> tuple[str, str]:
    """The file that is planned (the one that is there, where nothing is), and the note beside it."""
    changes = await Forwarding(dns.as_dns).plan(machine(text), answers)
    writing = [change for change in changes if change.kind == "write_file"]
    return (getattr(writing[0], "content", b"").decode(), writing[0].detail) if writing else (text or "", "")


async def test_roles_and_report_addresses_get_a_line_like_the_senders() -> None:
    text, note = await placed(None, given(SENDER), SmallDns(HERE))
    assert text == ALL
    assert note == "new, 0640, mail to postmaster, abuse and rua goes to me@gmail.com, as mail for i"
    assert await placed(ALL, given(SENDER), SmallDns(HERE)) == (ALL, "")


@pytest.mark.parametrize(
    ("forward", "email", "lines"),
    [
        ({"postmaster": "p@x.test", "i": "me@gmail.com"}, "", ["abuse: p@x.test", "rua: p@x.test"]),
        ({"i": "me@gmail.com", "abuse": "a@x.test"}, "", ["abuse: a@x.test", "rua: me@gmail.com"]),
        ({}, "admin@x.test", ["postmaster: admin@x.test", "rua: admin@x.test"]),
        ({"i": "you@example.com", "you": "y@x.test"}, "admin@x.test", ["rua: admin@x.test"]),  # i's may go in a circle
    ],
)
async def test_whom_they_follow(forward: dict[str, str], email: str, lines: list[str]) -> None:
    text, _ = await placed(None, given(replace(SENDER, forward=forward), email=email), SmallDns(HERE))
    assert not [line for line in lines if line not in text.splitlines()], text


async def test_the_catch_all_takes_them_and_needs_no_lines() -> None:
    domain = replace(FORWARD, dmarc=Dmarc(rua="rua@example.com"))
    assert await placed(None, given(domain), SmallDns(HERE)) == (LINES, "new, 0640")
    finding = await reports(LINES, given(domain), SmallDns(HERE))
    assert finding.status is Status.OK
    assert "rua@example.com (your answers): goes to me@gmail.com and you@gmail.com" in finding.found


async def test_a_line_of_the_users_own_stays() -> None:
    text, note = await placed("Post.Master: | cat\nrua: mine@x.test\n", given(SENDER), SmallDns(HERE))
    assert text.startswith("Post.Master: | cat\nrua: mine@x.test\n") and text.count("rua:") == 1
    assert "mail to abuse goes to me@gmail.com" in note
    finding = await reports(text, given(SENDER), SmallDns(HERE))
    assert "postmaster@example.com: goes to | cat" in finding.found


async def test_nothing_is_invented_and_what_bounces_is_told() -> None:
    nobody = given(replace(SENDER, forward={}), email="postmaster@example.com")
    assert await placed(None, nobody, SmallDns(HERE)) == ("", "")
    finding = await reports(None, nobody, SmallDns(HERE))
    assert finding.status is Status.WARNING
    assert "postmaster@example.com: bounces: no line says where it goes" in finding.found
    assert '`forward = { rua = "you@..." }` of example.com in your answers' in finding.fix


async def test_what_the_plan_mends_is_told_without_a_fix_of_its_own() -> None:
    finding = await reports("i: me@gmail.com\n", given(SENDER), SmallDns(HERE))
    assert (finding.status, finding.fix) == (Status.WARNING, "")


async def test_what_the_records_promise_counts_too() -> None:
    dns = SmallDns(
        {
            **HERE,
            ("_dmarc.example.com", "TXT"): [
                "v=DMARC1; p=none; rua=mailto:Old+x@example.com!10m; ruf=mailto:f@example.com"
            ],
            ("_smtp._tls.example.com", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@example.com,https://x.test/r"],
        }
    )
    text, note = await placed(None, given(SENDER), dns)
    assert "mail to postmaster, abuse, rua, old, f and tls goes to" in note
    finding = await reports(text, given(SENDER), dns)
    assert finding.status is Status.OK
    assert "Old+x@example.com (rua of _dmarc.example.com): goes to me@gmail.com" in finding.found
    assert "tls@example.com (rua of _smtp._tls.example.com): goes to me@gmail.com" in finding.found


@pytest.mark.parametrize(
    "uri",
    [
        "mailto:a%0Aroot:%20%7C%20sh@example.com",
        "mailto:%7Csh@example.com",
        "mailto:*@example.com",
        "mailto:a:b@example.com",
        "mailto:%23a@example.com",
        "mailto:-x@example.com",
        "mailto:a%2Cb@example.com",
        "mailto:..@example.com",
    ],
)
async def test_no_record_writes_a_line_of_its_own_making(uri: str) -> None:
    dns = SmallDns({**HERE, ("_dmarc.example.com", "TXT"): [f"v=DMARC1; p=none; rua={uri}"]})
    assert (await placed(None, given(SENDER), dns))[0] == ALL


async def test_an_address_in_another_domain_of_ours_gets_its_line_there() -> None:
    second = Domain(
        "second.test", ("i",), dmarc=Dmarc(rua="reports@example.com"), receive=True, forward={"i": "me@x.test"}
    )
    first = replace(SENDER, dmarc=Dmarc())
    text, _ = await placed(None, given(first, second), SmallDns(HERE))
    assert "reports: me@gmail.com" in text.splitlines()
    host = machine("i: me@gmail.com\n")
    host.disk.make_folder("/etc/chasquid/domains/second.test", ImaginaryFile(is_dir=True, mode=0o755))
    finding = (await look_at_all(host, given(second, first), SmallDns(HERE)))["forwarding.reports"]
    assert "reports@example.com (your answers): bounces: no line says where it goes" in finding.found


@pytest.mark.parametrize(
    ("rua", "status", "words"),
    [
        ("x@taken.test", Status.OK, "mx1.taken.test takes mail for taken.test"),
        ("x@null.test", Status.WARNING, "bounces: null.test takes no mail (null MX, RFC 7505)"),
        ("x@gone.test", Status.WARNING, "bounces: gone.test has no MX record"),
        ("x@silent.test", Status.UNKNOWN, "the MX records of silent.test cannot be told: timed out"),
    ],
)
async def test_an_address_elsewhere_must_lie_where_mail_is_taken(rua: str, status: Status, words: str) -> None:
    records = {**HERE, **NULL_MX, ("taken.test", "MX"): ["10 mx1.taken.test"]}
    dns = SmallDns(records, silent=frozenset({"silent.test"}))
    finding = await reports(LINES, given(replace(FORWARD, dmarc=Dmarc(rua=rua))), dns)
    assert finding.status is status
    assert f"{rua} (your answers): {words}" in finding.found
    assert bool(finding.fix) == (status is Status.WARNING)
    assert not finding.waits


async def test_a_domain_that_nobody_receives_for_is_warned_of_and_one_received_elsewhere_is_not() -> None:
    domain = Domain("example.com", ("i",), dmarc=Dmarc(rua="rua@example.com"))
    finding = await reports(None, given(domain), SmallDns())
    assert finding.status is Status.WARNING and "receive = true" in finding.fix
    assert len(finding.found) == 3
    there = SmallDns({("example.com", "MX"): ["10 mx1.business.example"]})
    assert (await reports(None, given(domain), there)).status is Status.OK
    null = SmallDns({("example.com", "MX"): ["0 ."]})
    assert (await reports(None, given(domain), null)).status is Status.WARNING


async def test_what_cannot_be_read_or_asked_is_unknown() -> None:
    assert (await reports(ALL, given(SENDER), SmallDns(HERE), root=False)).status is Status.UNKNOWN
    assert (await reports("broken\n", given(SENDER), SmallDns(HERE))).status is Status.UNKNOWN
    silent = SmallDns(HERE, silent=frozenset({"_dmarc.example.com"}))
    finding = await reports(ALL, given(SENDER), silent)
    assert finding.status is Status.UNKNOWN and finding.found[-1].endswith("TXT of _dmarc.example.com: timed out")


async def test_an_account_without_a_line_is_not_the_catch_alls() -> None:
    """chasquid hands mail for an account to a program that is not there."""
    host = machine(LINES)
    users = 'users: { key: "abuse" value: { denied: {} } }\n'
    host.files["/etc/chasquid/domains/example.com/users"] = ImaginaryFile(users.encode(), 0o640)
    finding = (await look_at_all(host, given(FORWARD), SmallDns(HERE)))["forwarding.reports"]
    assert finding.found[0] == "abuse@example.com: bounces: no line says where it goes"
