"""Forwarding: which lines are wanted, what is found, what is placed."""

from __future__ import annotations

import pytest

from mailwizard.answers import Answers, Domain, Server
from mailwizard.changes.reading import from_json
from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran
from mailwizard.mta import aliases_file
from mailwizard.mta.aliases_file import ReadAliases
from mailwizard.services.forwarding import NOTE, Forwarding
from tests.unit.services.small_dns import SmallDns

PATH = "/etc/chasquid/domains/example.com/aliases"
HERE = {("example.com", "MX"): ["10 smtp.example.com"]}
THERE = {("example.com", "MX"): ["20 mx2.business.example", "10 mx1.business.example"]}
FORWARD = Domain("example.com", ("i",), receive=True, forward={"*": "me@gmail.com, you@gmail.com"})
LINES = f"# {NOTE}\ni: me@gmail.com, you@gmail.com\n*: me@gmail.com, you@gmail.com\n"
ELSEWHERE = Domain("example.com", ("i",), receive=False)
VIA = f"# {NOTE}\ni: i@example.com via mx1.business.example/mx2.business.example\n"
VIA += "*: *@example.com via mx1.business.example/mx2.business.example\n"


def answers(domain: Domain) -> Answers:
    return Answers(server=Server(hostname="smtp.example.com"), domains=(domain,))


def machine(text: str | None, version: str = "1.19.0-1", mode: int = 0o640, root: bool = True) -> ImaginaryHost:
    folder = {"/etc/chasquid/domains/example.com": ImaginaryFile(is_dir=True, mode=0o755)}
    file = {} if text is None else {PATH: ImaginaryFile(text.encode(), mode, "root", "chasquid")}
    says = f"installed {version}" if version else Ran((), 1, "", "no packages found")
    return ImaginaryHost({**folder, **file}, {("dpkg-query", ...): says}, root=root)


async def look_at_all(host: ImaginaryHost, given: Answers, dns: SmallDns) -> dict[str, Finding]:
    """The findings about the first domain, by id."""
    name = given.domains[0].name
    return {one.id: one for one in await Forwarding(dns.as_dns).look(host, given) if one.subject == name}


async def look(host: ImaginaryHost, domain: Domain, dns: SmallDns) -> Finding:
    finding = (await look_at_all(host, answers(domain), dns))["forwarding.aliases"]
    assert finding.subject == "example.com"
    assert finding.source == PATH
    return finding


@pytest.mark.parametrize(
    ("text", "status", "cause"),
    [
        (LINES, Status.OK, ""),
        (None, Status.FAILED, "missing"),
        ("i: me@gmail.com\n", Status.FAILED, "other_value"),
        (LINES + "broken\n", Status.FAILED, "broken_line"),
        (LINES + "a: b\nb: a\n", Status.FAILED, "broken_line"),
        (LINES + "shop: | /bin/cat\n", Status.OK, ""),
        ("i: |\n*: x@y\n", Status.FAILED, "other_value"),
    ],
)
async def test_a_file_is_judged(text: str | None, status: Status, cause: str) -> None:
    finding = await look(machine(text), FORWARD, SmallDns(HERE))
    assert (finding.status, finding.cause) == (status, cause)
    assert finding.waits == (cause == "broken_line")


async def test_a_circle_through_the_catch_all_is_said_and_not_placed() -> None:
    domain = Domain("example.com", ("i",), receive=True, forward={"*": "postmaster@example.com", "i": "me@gmail.com"})
    finding = await look(machine(None), domain, SmallDns(HERE))
    assert (finding.status, finding.cause) == (Status.FAILED, "broken_line")
    assert finding.fix.startswith("mail for everybody who has no line (*) leads round in a circle: mend it in")
    assert finding.fix.endswith("chasquid delivers none of it.")
    assert await Forwarding(SmallDns(HERE).as_dns).plan(machine(None), answers(domain)) == []


async def test_what_is_in_force_and_its_risk_are_shown() -> None:
    finding = await look(machine(LINES + "shop: | /bin/cat\n"), FORWARD, SmallDns(HERE))
    assert "i: me@gmail.com, you@gmail.com" in finding.found
    assert "shop: | /bin/cat" in finding.found
    assert "spam" in finding.found[-1]


async def test_owner_and_mode_count() -> None:
    host = machine(LINES, mode=0o600)
    assert (await look(host, FORWARD, SmallDns(HERE))).cause == "not_readable"
    (change, *_) = await Forwarding(SmallDns(HERE).as_dns).plan(host, answers(FORWARD))
    assert change.kind == "set_mode"


async def test_an_ordinary_user_cannot_tell() -> None:
    finding = await look(machine(LINES, root=False), FORWARD, SmallDns(HERE))
    assert finding.status is Status.UNKNOWN


async def test_a_plan_keeps_the_users_lines_and_is_empty_afterwards() -> None:
    host, service = machine("# mine\nshop: | /bin/cat\n"), Forwarding(SmallDns(HERE).as_dns)
    host.commands[("systemctl", ...)] = ""
    host.commands[("chasquid-util", ...)] = "(email)  me@gmail.com\n(email)  you@gmail.com\n"
    said: list[str] = []
    for change in await service.plan(host, answers(FORWARD)):
        await change.perform(host, said.append)
    assert host.text(PATH) == "# mine\nshop: | /bin/cat\n" + LINES
    file = host.files[PATH]
    assert (file.mode, file.owner, file.group) == (0o640, "root", "chasquid")
    assert ("chasquid-util", "-C=/etc/chasquid", "aliases-resolve", "shop@example.com") in host.ran
    assert await service.plan(host, answers(FORWARD)) == []


async def test_a_file_that_would_end_the_server_is_never_planned() -> None:
    service = Forwarding(SmallDns(HERE).as_dns)
    assert await service.plan(machine("broken\n"), answers(FORWARD)) == []
    circle = Domain("example.com", ("i",), receive=True, forward={"i": "a@example.com", "a": "i@example.com"})
    assert await service.plan(machine(None), answers(circle)) == []


async def test_a_sender_that_nothing_is_forwarded_for_is_warned_about() -> None:
    domain = Domain("example.com", ("i", "you"), receive=True, forward={"i": "me@gmail.com"})
    lines = "i: me@gmail.com\npostmaster: me@gmail.com\nabuse: me@gmail.com\n"
    finding = await look(machine(lines), domain, SmallDns(HERE))
    assert (finding.status, finding.cause) == (Status.WARNING, "sender_without_line")
    assert "mail to you@example.com bounces" in finding.found[-1]
    own = await look(machine(f"you: | cat\n{lines}"), domain, SmallDns(HERE))
    assert own.status is Status.OK  # a line of the user's own does it


async def test_mail_received_elsewhere_is_passed_on_there() -> None:
    missing = await look(machine(None), ELSEWHERE, SmallDns(THERE))
    assert (missing.status, missing.cause) == (Status.FAILED, "missing")
    (change, *_) = await Forwarding(SmallDns(THERE).as_dns).plan(machine(None), answers(ELSEWHERE))
    assert getattr(change, "content", b"") == VIA.encode()
    done = await look(machine(VIA), ELSEWHERE, SmallDns(THERE))
    assert done.status is Status.SKIPPED
    assert "received by mx1.business.example and mx2.business.example" in done.found[0]


async def test_an_older_chasquid_cannot_pass_on_and_says_so() -> None:
    host = machine(None, "1.15.0-1+b4")
    finding = await look(host, ELSEWHERE, SmallDns(THERE))
    assert (finding.status, finding.cause) == (Status.WARNING, "too_old")
    assert await Forwarding(SmallDns(THERE).as_dns).plan(host, answers(ELSEWHERE)) == []


async def test_nobody_receiving_is_a_warning_and_no_answer_is_unknown() -> None:
    assert (await look(machine(None), ELSEWHERE, SmallDns())).cause == "sender_without_line"
    silent = SmallDns(silent=frozenset({"example.com"}))
    assert (await look(machine(None), ELSEWHERE, silent)).status is Status.UNKNOWN
    assert await Forwarding(silent.as_dns).plan(machine(VIA), answers(ELSEWHERE)) == []


async def test_before_chasquid_is_there_the_plan_is_for_a_new_one() -> None:
    (change, *_) = await Forwarding(SmallDns(THERE).as_dns).plan(machine(None, ""), answers(ELSEWHERE))
    assert getattr(change, "content", b"") == VIA.encode()


async def test_a_server_that_does_not_take_the_aliases_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases_file, "_REREAD", 0)
    host = machine(LINES)
    host.commands[("systemctl", ...)] = ""
    host.commands[("chasquid-util", ...)] = Ran((), 1, "", "Error resolving: dial unix: no such file")
    change = ReadAliases("i@example.com", "me@gmail.com")
    with pytest.raises(HostError, match="dial unix"):
        await change.perform(host, lambda line: None)
    assert from_json(change.as_json()) == change
    assert await change.inverse(host) == ReadAliases("i@example.com")
