"""The ports and the relaying of a real SMTP server on the loopback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Stream
from mailwizard.mta.ports import ask_port, judge_port
from mailwizard.mta.relay import FOREIGN, ask_to_relay, judge_relay
from tests.unit.mta import smtp_server
from tests.unit.mta.smtp_server import Authority, SmtpServer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("tls")))


class Behind(ImaginaryHost):
    """A machine whose ports are served by servers of the test."""

    def __init__(self, served: Mapping[int, SmtpServer]) -> None:
        super().__init__()
        self.served = served

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        if port not in self.served:
            return await super().dial(address, port, source=source, timeout=timeout)
        return await smtp_server.dial(address, self.served[port].port)


async def test_the_certificate_is_taken_from_each_port(authority: Authority) -> None:
    async with SmtpServer(authority) as plain, SmtpServer(authority, implicit_tls=True) as secure:
        host = Behind({25: plain, 465: secure})
        for port in (25, 465):
            answered = await ask_port(host, port, "smtp.example.com")
            assert answered.certificate == authority.der and answered.tls and answered.banner.startswith("220")


async def test_a_port_that_is_shut_is_a_failure() -> None:
    assert judge_port(await ask_port(Behind({}), 25, "smtp.example.com")).status is Status.FAILED


async def test_a_stranger_is_refused_and_no_message_is_handed_over(authority: Authority) -> None:
    async with SmtpServer(authority, answers={"RCPT": b"503 5.7.1 Relay not allowed\r\n"}) as server:
        assert judge_relay(await ask_to_relay(Behind({25: server}))).status is Status.OK
    async with SmtpServer(authority) as server:
        finding = judge_relay(await ask_to_relay(Behind({25: server})))
        assert finding.status is Status.FAILED and FOREIGN in finding.source
        assert server.messages == []


async def test_what_could_not_be_asked_is_not_known(authority: Authority) -> None:
    assert judge_relay(await ask_to_relay(Behind({}))).status is Status.UNKNOWN
    async with SmtpServer(authority, answers={"MAIL": b"451 later\r\n"}) as server:
        assert judge_relay(await ask_to_relay(Behind({25: server}))).status is Status.UNKNOWN
