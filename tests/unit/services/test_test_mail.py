"""A test message: handed over on 465 to a real server, and followed through the log."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from email import message_from_bytes
from pathlib import Path

import pytest

from mailwizard.answers import Answers, Certificate, Server
from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Ran
from mailwizard.mta.delivery import State, settled
from mailwizard.mta.login import LoginRefused
from mailwizard.mta.mail_log import parse
from mailwizard.mta.sending import Delivery, send_test
from mailwizard.mta.tls_stream import UntrustedCertificate
from mailwizard.secret import Secret
from mailwizard.services.test_mail import TestMail
from tests.unit.mta.smtp_server import Authority, SmtpServer
from tests.unit.services.mail_machine import MailMachine
from tests.unit.services.small_dns import SmallDns

FROM, TO, ID = "i@example.com", "alice@bigmail.example", "1S2BTmr8vqE"
PASSWORD = Secret("correct horse battery staple")
ANSWERS = Answers(server=Server(hostname="smtp.example.com"), certificate=Certificate(ca_bundle="/root/ca.pem"))
QUEUED = f"{ID} from={FROM} queued ip=127.0.0.1:47606 to=[{TO}]"
OTHER = f"xxxxxxxxxxx from={FROM} queued ip=127.0.0.1:4 to=[bob@bigmail.example]"
SENT = f"{ID} from={FROM} to={TO} sent"
DONE = f"{ID} from={FROM} all done"
REFUSED = f"{ID} from={FROM} to={TO} failed (permanent): MAIL+RCPT 550 5.1.1 no such user"
PUT_OFF = f"{ID} from={FROM} to={TO} failed (temporary): MAIL+RCPT 450 4.7.25 no reverse hostname"
LATER = f"{ID} from={FROM} completed loop, next in 1m52s"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[SmtpServer]:
    async with SmtpServer(authority, implicit_tls=True, accounts={FROM: PASSWORD.reveal()}) as server:
        yield server


def journal(lines: Iterable[str], cursor: str = "c") -> str:
    entry = {"__REALTIME_TIMESTAMP": "1700000000000000", "__CURSOR": cursor}
    return "".join(json.dumps({**entry, "MESSAGE": line}) + "\n" for line in lines)


def machine(server: SmtpServer, *looks: Iterable[str]) -> MailMachine:
    """Each look at the log shows one more of `looks` (the last one stays)."""
    host = MailMachine(server, {"/root/ca.pem": server.authority.pem})
    left = [list(lines) for lines in looks]

    def read(words: tuple[str, ...], stdin: bytes, env: object) -> Ran:
        if "--lines=1" in words:
            return Ran(words, 0, journal(["before"], "the-end"), "")
        assert "--after-cursor=the-end" in words
        assert "SYSLOG_FACILITY=2" in words
        return Ran(words, 0, journal(left.pop(0) if len(left) > 1 else left[0]), "")

    host.commands = {("journalctl", ...): read, **host.commands}
    return host


async def send(host: MailMachine, said: list[str] | None = None, patience: float = 5) -> Delivery:
    report = (said if said is not None else []).append
    return await send_test(host, ANSWERS, FROM, TO, PASSWORD, report, patience=patience)


async def test_a_message_is_followed_to_its_receiver(server: SmtpServer) -> None:
    said: list[str] = []
    delivery = await send(machine(server, [], [OTHER, QUEUED], [OTHER, QUEUED, SENT, DONE]), said)
    assert (delivery.state, delivery.queue_id) == (State.SENT, ID)
    assert TO in delivery.sentence
    assert said[0].startswith("connected to smtp.example.com port 465, TLSv1.3")
    assert said[-3:] == [f"queued as {ID}", f"{TO}: the receiver took it", "done"]
    letter = message_from_bytes(server.messages[0])
    assert (letter["From"], letter["To"], letter["Message-ID"]) == (FROM, TO, delivery.message_id)
    assert letter["Date"]
    assert letter["Message-ID"].endswith("@example.com>")


@pytest.mark.parametrize(
    ("log", "state", "words"),
    [
        ([QUEUED, REFUSED, DONE], State.FAILED, "550 5.1.1 no such user. The receiver says that there is no such"),
        ([QUEUED, PUT_OFF, LATER], State.DEFERRED, "reverse DNS name. Set it at your hosting provider"),
        ([QUEUED, PUT_OFF, LATER], State.DEFERRED, "chasquid tries again in 1m52s."),
        ([QUEUED], State.UNKNOWN, "the receiver has not answered yet"),
        ([OTHER], State.UNKNOWN, "not in chasquid's log"),
    ],
)
async def test_what_became_of_it_is_told(server: SmtpServer, log: list[str], state: State, words: str) -> None:
    delivery = await send(machine(server, log), patience=0.2)
    assert delivery.state is state
    assert words in delivery.sentence


async def test_an_unreadable_log_is_no_failure(server: SmtpServer) -> None:
    host = machine(server, [])
    host.commands[("journalctl", ...)] = Ran((), 1, "", "No journal files were opened due to insufficient permissions")
    host.way_to_root = "log in as root"
    delivery = await send(host)
    assert delivery.state is State.UNKNOWN
    assert "may not be read by this user. Log in as root." in delivery.sentence
    assert len(server.messages) == 1


async def test_what_the_own_server_refuses_is_told(server: SmtpServer) -> None:
    server.answers["RCPT"] = b"550 5.7.1 relay not allowed\r\n"
    delivery = await send(machine(server, []))
    assert delivery.state is State.FAILED
    assert "relay not allowed" in delivery.sentence
    assert server.messages == []


async def test_a_wrong_password_and_a_wrong_certificate_are_told(server: SmtpServer, tmp_path: Path) -> None:
    server.accounts = {}
    with pytest.raises(LoginRefused, match=FROM):
        await send(machine(server, []))
    host = machine(server, [])
    host.files["/root/ca.pem"] = host.files["/root/ca.pem"].__class__(Authority(tmp_path).pem.encode())
    with pytest.raises(UntrustedCertificate):
        await send(host)
    del host.files["/root/ca.pem"]
    with pytest.raises(HostError, match="ca_bundle"):
        await send(host)


async def test_no_server_is_unreachable(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True) as gone:
        pass
    with pytest.raises(Unreachable):
        await send(machine(gone, []))


@pytest.mark.parametrize(
    ("log", "state"),
    [
        ([QUEUED, PUT_OFF, LATER, SENT, DONE], State.SENT),
        ([QUEUED, PUT_OFF, LATER, PUT_OFF, DONE], State.FAILED),  # chasquid has given up
        ([QUEUED, SENT, REFUSED, DONE], State.FAILED),
        ([QUEUED, DONE], State.UNKNOWN),
        ([QUEUED, SENT], None),
        ([OTHER], None),
    ],
)
def test_the_end_of_a_message_is_read_from_the_log(log: list[str], state: State | None) -> None:
    end = settled([event for line in log if (event := parse(line))], ID)
    assert (end[0] if end else None) is state


async def test_the_step_itself_changes_nothing(server: SmtpServer) -> None:
    step = TestMail(SmallDns().as_dns)
    assert await step.look(MailMachine(server, {}), ANSWERS) == []
    assert await step.plan(MailMachine(server, {}), ANSWERS) == []
