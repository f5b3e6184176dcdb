"""Accounts: what is found, what is made, and that the running server never sees a half-made file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailwizard.answers import Answers, Domain
from mailwizard.errors import FileChanged, HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.mta import accounts
from mailwizard.mta.accounts import AddSender, RemoveSender
from mailwizard.mta.login import LoginRefused
from mailwizard.mta.tls_stream import UntrustedCertificate
from mailwizard.secret import Secret
from mailwizard.services.senders import Senders, generated_password
from tests.unit.mta.smtp_server import Authority, SmtpServer
from tests.unit.services.mail_machine import USERS, MailMachine, entry

ADDRESS = "i@example.com"
ANSWERS = Answers(domains=(Domain("example.com", senders=("i",)),))
PASSWORD = Secret("correct horse battery staple")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[SmtpServer]:
    async with SmtpServer(authority, implicit_tls=True) as server:
        yield server


def placed(text: str, mode: int = 0o640, group: str = "chasquid") -> ImaginaryFile:
    return ImaginaryFile(text.encode(), mode, "root", group)


async def finding(host: ImaginaryHost, passwords: dict[str, Secret] | None = None) -> Finding:
    return (await Senders(passwords or {}).look(host, ANSWERS))[0]


@pytest.mark.parametrize(
    ("file", "status", "cause"),
    [
        (placed(entry("i", "x")), Status.OK, ""),
        (placed(entry("other", "x")), Status.FAILED, "missing"),
        (placed('users: { key: "i" value: { denied: {} } }'), Status.FAILED, "receive_only"),
        (placed(entry("i", "x"), 0o660, "root"), Status.FAILED, "not_readable"),
        (placed("users: {"), Status.FAILED, "broken_file"),
        (None, Status.FAILED, "missing"),
    ],
)
async def test_an_account_is_judged(file: ImaginaryFile | None, status: Status, cause: str) -> None:
    one = await finding(ImaginaryHost({USERS: file} if file else {}))
    assert (one.status, one.cause, one.subject, one.source) == (status, cause, ADDRESS, USERS)
    assert one.waits == (cause == "broken_file")


async def test_an_ordinary_user_cannot_tell() -> None:
    one = await finding(ImaginaryHost({USERS: placed(entry("i", "x"))}, root=False))
    assert one.status is Status.UNKNOWN
    assert USERS in one.found[0]


async def test_a_given_password_is_held_against_the_account() -> None:
    host = ImaginaryHost({USERS: placed(entry("i", "right"))})
    assert "the one given" in (await finding(host, {ADDRESS: Secret("right")})).found[0]
    wrong = await finding(host, {ADDRESS: Secret("wrong")})
    assert (wrong.status, wrong.cause) == (Status.WARNING, "other_password")
    assert await Senders({ADDRESS: Secret("wrong")}).plan(host, ANSWERS) == []  # nobody's password is changed silently


async def test_a_sender_taken_out_of_the_answers_is_told_and_kept() -> None:
    host = ImaginaryHost({USERS: placed(entry("i", "x") + entry("old", "y"))})
    found = await Senders({}).look(host, ANSWERS)
    assert [(one.subject, one.status) for one in found] == [(ADDRESS, Status.OK), ("old@example.com", Status.WARNING)]
    assert "mailwizard sender remove old@example.com" in found[1].fix
    assert await Senders({}).plan(host, ANSWERS) == []


async def test_a_missing_account_is_made_and_proved_by_a_login(server: SmtpServer) -> None:
    host = MailMachine(server, {USERS: placed(entry("other", "x"))})
    service = Senders({ADDRESS: PASSWORD})
    (change,) = await service.plan(host, ANSWERS)
    said: list[str] = []
    await change.perform(host, said.append)
    assert said[-1] == f"{ADDRESS} logged in on port 465"
    assert host.dialled == [("127.0.0.1", 465, "")]
    users = host.files[USERS]
    assert (users.mode, users.owner, users.group) == (0o640, "root", "chasquid")
    assert host.text(USERS).startswith(entry("other", "x"))
    assert not [path for path in host.files if "users-in-work" in path]
    assert not any(PASSWORD.reveal() in " ".join(argv) for argv in host.ran)
    assert await service.plan(host, ANSWERS) == []
    assert (await service.look(host, ANSWERS))[0].status is Status.OK
    assert service.generated == {}


async def test_without_a_password_one_is_made_and_told_only_when_it_stands(server: SmtpServer) -> None:
    host, service = MailMachine(server, {}), Senders({})
    (change,) = await service.plan(host, ANSWERS)
    assert service.generated == {}
    assert await service.plan(host, ANSWERS) == [change]  # planned again, it is the same password
    await change.perform(host, lambda line: None)
    assert service.generated[ADDRESS].reveal() == host.passwords[ADDRESS]


async def test_a_file_that_chasquid_could_not_read_is_never_placed(server: SmtpServer) -> None:
    host = MailMachine(server, {USERS: placed(entry("other", "x"))})
    host.spoil = "users: {"
    with pytest.raises(HostError, match="missing"):
        await AddSender(ADDRESS, PASSWORD).perform(host, lambda line: None)
    assert host.text(USERS) == entry("other", "x")
    host.spoil = entry("other", "changed")
    with pytest.raises(HostError, match="stays as it was"):
        await AddSender(ADDRESS, PASSWORD).perform(host, lambda line: None)
    assert host.text(USERS) == entry("other", "x")
    assert host.written[-1] != USERS


async def test_somebody_elses_change_meanwhile_is_kept(server: SmtpServer) -> None:
    host = MailMachine(server, {USERS: placed("")})
    host.spoil = ""
    original = host._util

    def meddle(words, stdin, env):  # type: ignore[no-untyped-def]
        host.files[USERS] = placed(entry("third", "z"))
        return original(words, stdin, env)

    host.commands[("chasquid-util", ...)] = meddle
    with pytest.raises(FileChanged):
        await AddSender(ADDRESS, PASSWORD).perform(host, lambda line: None)
    assert host.text(USERS) == entry("third", "z")


async def test_a_foreign_server_on_465_never_gets_the_password(server: SmtpServer, tmp_path: Path) -> None:
    host = MailMachine(server, {})
    host.files["/etc/chasquid/certs/smtp.example.com/fullchain.pem"] = placed(Authority(tmp_path).pem, 0o644)
    with pytest.raises(UntrustedCertificate, match="Restart chasquid"):
        await accounts.check(host, ANSWERS, ADDRESS, PASSWORD)
    assert not [command for command in server.commands if command.startswith("AUTH")]


async def test_a_wrong_password_is_refused(server: SmtpServer) -> None:
    host = MailMachine(server, {})
    server.accounts = {ADDRESS: PASSWORD.reveal()}
    await accounts.check(host, ANSWERS, ADDRESS, PASSWORD)
    with pytest.raises(LoginRefused, match="535"):
        await accounts.check(host, ANSWERS, ADDRESS, Secret("no"))


async def test_a_server_that_reads_its_users_late_is_waited_for(server: SmtpServer) -> None:
    host = MailMachine(server, {})
    host.commands[("systemctl", "kill", ...)] = ""
    told = iter([{}, {ADDRESS: PASSWORD.reveal()}])
    original = server._answer

    async def late(verb, *rest):  # type: ignore[no-untyped-def]
        server.accounts = next(told) if verb == "AUTH" else {}
        return await original(verb, *rest)

    server._answer = late  # type: ignore[method-assign]
    await AddSender(ADDRESS, PASSWORD).perform(host, lambda line: None)
    assert len(host.dialled) == 2


async def test_no_server_at_all_is_told_with_the_account_kept(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True) as gone:
        pass
    host, service = MailMachine(gone, {}), Senders({})
    (change,) = await service.plan(host, ANSWERS)
    with pytest.raises(HostError, match="has its account, but no login could be tried"):
        await change.perform(host, lambda line: None)
    assert ADDRESS in service.generated  # the account stands, so its password must be shown


async def test_accounts_are_listed_and_removed(server: SmtpServer) -> None:
    text = entry("i", "x") + entry("b", "y") + 'users: { key: "r" value: { denied: {} } }\n'
    host = MailMachine(server, {USERS: placed(text)})
    assert await accounts.listed(host, ANSWERS) == ["b@example.com", ADDRESS]
    await (await accounts.removal(host, ADDRESS)).perform(host, lambda line: None)
    assert await accounts.listed(host, ANSWERS) == ["b@example.com"]
    with pytest.raises(HostError, match="no account"):
        await accounts.removal(host, ADDRESS)


async def test_an_added_account_can_be_taken_back_and_an_old_one_not(server: SmtpServer) -> None:
    assert await AddSender(ADDRESS, PASSWORD).inverse(MailMachine(server, {})) == RemoveSender(ADDRESS)
    standing = MailMachine(server, {USERS: placed(entry("i", "x"))})
    assert await AddSender(ADDRESS, PASSWORD).inverse(standing) is None
    kept = AddSender(ADDRESS, PASSWORD).as_json()
    assert PASSWORD.reveal() not in str(kept)
    with pytest.raises(HostError, match="not kept"):
        AddSender.from_json(kept)


async def test_a_domain_that_is_not_set_up_is_told(server: SmtpServer) -> None:
    host = MailMachine(server, {})
    with pytest.raises(HostError, match="mailwizard apply"):
        await accounts.AddSender("i@elsewhere.example", PASSWORD).perform(host, lambda line: None)


def test_generated_passwords_are_long_readable_and_different() -> None:
    made = {generated_password().reveal() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-km-z2-9]{5}-){4}[a-km-z2-9]{5}", word) for word in made)
