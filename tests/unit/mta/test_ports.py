"""The ports and the relaying of a real SMTP server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Stream
from mailwizard.mta import ports
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


class Silent:
    """A connection that somebody takes, who then says `greeting` and nothing more."""

    def __init__(self, greeting: bytes) -> None:
        self.greeting = greeting
        self.heard: list[bytes] = []

    async def read(self) -> bytes:
        said, self.greeting = self.greeting, b""
        return said or await asyncio.Future()

    async def write(self, data: bytes) -> None:
        self.heard.append(data)

    async def close(self) -> None:
        self.greeting = b""


class Listening(ImaginaryHost):
    """A machine on which systemd listens for a chasquid that does not come up."""

    def __init__(self, greeting: bytes = b"") -> None:
        super().__init__()
        self.stream = Silent(greeting)

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        return self.stream


async def test_a_port_that_nobody_answers_on_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PATIENCE", 0.05)
    for port in (25, 465):
        assert judge_port(await ask_port(Listening(), port, "smtp.example.com")).status is Status.UNKNOWN


async def test_who_falls_silent_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PATIENCE", 0.05)
    host = Listening(b"220 smtp.example.com ESMTP chasquid\r\n")
    answered = await ask_port(host, 25, "smtp.example.com")
    assert judge_port(answered).status is Status.FAILED and "did not answer" in answered.trouble
    assert host.stream.heard == [b"EHLO localhost\r\n"], "no goodbye, which would be waited for as well"


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
