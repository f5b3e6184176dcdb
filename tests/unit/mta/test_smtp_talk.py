"""The SMTP conversation against a real server on the loopback."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.protocol import Host
from mailwizard.mta.smtp_talk import Reply, SmtpTalk
from mailwizard.mta.tls_stream import UntrustedCertificate
from mailwizard.secret import Secret
from tests.unit.mta import smtp_server
from tests.unit.mta.smtp_server import Authority, SmtpServer

NAME = "smtp.example.com"
HOST = cast(Host, smtp_server)  # the module's `dial` is all that a talk needs of a host


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("tls")))


async def test_a_message_goes_through_implicit_tls(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True, accounts={"i@example.com": "s3cret"}) as server:
        talk = await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, server_name=NAME, ca=authority.pem)
        assert talk.banner.code == 220
        assert (await talk.ehlo("client.example")).ok
        assert "AUTH PLAIN" in talk.features
        assert (await talk.auth_plain("i@example.com", Secret("s3cret"))).code == 235
        assert (await talk.mail("i@example.com")).ok
        assert (await talk.rcpt("you@example.net")).ok
        assert (await talk.data(b"Subject: x\n\n.hidden\nend")).code == 250
        assert talk.peer_certificate == authority.der
        assert talk.tls_version == "TLSv1.3"
        await talk.quit()
        assert server.messages == [b"Subject: x\r\n\r\n..hidden\r\nend\r\n"]


async def test_starttls_upgrades_and_forgets_what_was_offered_before(authority: Authority) -> None:
    async with SmtpServer(authority) as server, await SmtpTalk.open(HOST, "127.0.0.1", server.port) as talk:
        await talk.ehlo("client.example")
        assert "STARTTLS" in talk.features
        assert (await talk.starttls(server_name=NAME, ca=authority.pem)).code == 220
        assert talk.features == frozenset()
        assert (await talk.ehlo("client.example")).code == 250
        assert talk.peer_certificate == authority.der


async def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True) as server:
        with pytest.raises(UntrustedCertificate, match="not accepted"):
            await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, server_name=NAME)


async def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True) as server:
        with pytest.raises(UntrustedCertificate, match=r"other\.example"):
            await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, server_name="other.example", ca=authority.pem)


async def test_unverified_shows_the_certificate(authority: Authority) -> None:
    async with (
        SmtpServer(authority, implicit_tls=True) as server,
        await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, verify=False) as talk,
    ):
        assert talk.peer_certificate == authority.der


async def test_a_wrong_password_is_a_reply_and_never_sent_in_clear(authority: Authority) -> None:
    async with SmtpServer(authority) as server:
        async with await SmtpTalk.open(HOST, "127.0.0.1", server.port) as talk:
            await talk.ehlo("client.example")
            with pytest.raises(HostError, match="not encrypted"):
                await talk.auth_plain("i@example.com", Secret("x"))
            await talk.starttls(verify=False)
            assert (await talk.auth_plain("i@example.com", Secret("x"))).code == 535
        assert [line.split()[0] for line in server.commands] == ["EHLO", "STARTTLS", "AUTH"]


@pytest.mark.parametrize(
    ("banner", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak SMTP"),
        (b"220-a\r\n" * 500, "no end"),
        (b"2" * 9000, "more than 4096"),
        (b"", "did not answer within 0.2 seconds"),
    ],
)
async def test_what_is_not_smtp_is_a_sentence(authority: Authority, banner: bytes, words: str) -> None:
    async with SmtpServer(authority, banner=banner) as server:
        with pytest.raises(HostError, match=words):
            await SmtpTalk.open(HOST, "127.0.0.1", server.port, timeout=0.2)


async def test_tls_on_a_plain_port_and_a_closed_port_are_unreachable(authority: Authority) -> None:
    async with SmtpServer(authority) as server:
        with pytest.raises(Unreachable, match="TLS connection could not be made"):
            await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, server_name=NAME)
        port = server.port
    with pytest.raises(Unreachable, match="refused"):
        await SmtpTalk.open(HOST, "127.0.0.1", port)


async def test_more_than_an_answer_before_tls_is_refused(authority: Authority) -> None:
    async with (
        SmtpServer(authority, answers={"STARTTLS": b"220 go\r\n250 injected\r\n"}) as server,
        await SmtpTalk.open(HOST, "127.0.0.1", server.port) as talk,
    ):
        with pytest.raises(HostError, match="before TLS"):
            await talk.starttls(verify=False)


async def test_line_breaks_are_never_sent(authority: Authority) -> None:
    async with SmtpServer(authority) as server:
        async with await SmtpTalk.open(HOST, "127.0.0.1", server.port) as talk:
            with pytest.raises(HostError, match="line break"):
                await talk.rcpt("a@b>\r\nDATA")
        assert server.commands == []


async def test_a_bundle_without_a_certificate_is_a_sentence(authority: Authority) -> None:
    async with SmtpServer(authority, implicit_tls=True) as server:
        with pytest.raises(HostError, match="PEM"):
            await SmtpTalk.open(HOST, "127.0.0.1", server.port, tls=True, server_name=NAME, ca="nothing")


def test_a_reply_is_shown_in_one_printable_line() -> None:
    assert str(Reply(550, "5.1.1 no\nsuch \x1b[31muser")) == "550 5.1.1 no such \\x1b[31muser"
