"""What is missing before a mail program can be told anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard.answers import Answers
from mailwizard.finding import Finding, Status
from mailwizard.programs.ready import missing
from mailwizard.programs.sheet import sheets
from tests.unit.programs.setup import ADDRESS, DOMAIN, answers, good


def said(findings: list[Finding], given: Answers | None = None, program: int = 0) -> list[str]:
    given = given or answers()
    return missing(findings, given, ADDRESS, sheets(given, ADDRESS)[program])


def but(id: str, status: Status = Status.FAILED, found: str = "something", cause: str = "") -> list[Finding]:
    return [replace(one, status=status, found=(found,), cause=cause) if one.id == id else one for one in good()]


def test_nothing_is_missing_when_all_was_seen() -> None:
    assert said(good()) == []


@pytest.mark.parametrize(
    ("id", "step"),
    [
        ("certificate.present", "Certificate"),
        ("certificate.names", "Certificate"),
        ("certificate.served", "Mail server"),
        ("chasquid.port_465", "Mail server"),
        ("dns.a", "DNS records"),
        ("senders.account", "Senders"),
        ("dns.mx", "DNS records"),
        ("forwarding.aliases", "Forwarding"),
    ],
)
def test_each_thing_that_fails_is_said_with_its_step(id: str, step: str) -> None:
    [sentence] = said(but(id))
    assert "something" in sentence and f"see the step {step}." in sentence
    [sentence] = said(but(id, Status.UNKNOWN))
    assert "cannot tell: something" in sentence
    [sentence] = said([one for one in good() if one.id != id])
    assert "not looked at yet" in sentence


@pytest.mark.parametrize("id", ["dns.mx", "forwarding.aliases"])
def test_only_gmail_needs_the_way_of_the_code(id: str) -> None:
    assert "code would never arrive" in said(but(id))[0]
    assert said(but(id), program=1) == []


def test_a_sender_without_a_line_never_gets_the_code() -> None:
    warned = but("forwarding.aliases", Status.WARNING, "bounces", "sender_without_line")
    assert "No line says where mail to i@mine.test goes" in said(warned, answers(forward={}))[0]
    assert said(warned) == []  # another sender's line is missing, not this one's


def test_a_domain_that_receives_nowhere_gets_no_code_and_one_that_receives_elsewhere_does() -> None:
    given = answers(receive=False)
    assert "does not receive for mine.test" in said(good(), given)[0]
    assert said(but("forwarding.aliases", Status.SKIPPED), given) == []


def test_a_certificate_that_is_not_public_is_refused_by_gmail() -> None:
    assert "Gmail refuses the server" in said(good(), answers(authority="letsencrypt_test"))[0]
    assert "Gmail refuses the server" in said(good(), answers(ca_bundle="/etc/ca.pem"))[0]
    own = answers(authority="https://ca.mine.test/directory")
    assert "only if https://ca.mine.test/directory is a public authority" in said(good(), own)[0]
    assert said(good(), own, program=3) == []


def test_another_domains_findings_do_not_count() -> None:
    others = [replace(one, subject="other.test") if one.subject == DOMAIN else one for one in good()]
    assert [sentence.count("not looked at yet") for sentence in said(others)] == [1, 1]
