"""Answers for the tests of mail programs."""

from __future__ import annotations

from mailwizard.answers import Answers, Certificate, Domain, Server
from mailwizard.finding import Finding, Status

HOST, DOMAIN, ADDRESS, MAILBOX = "mail.mine.test", "mine.test", "i@mine.test", "me@gmail.com"


def answers(*, receive: bool = True, forward: dict[str, str] | None = None, **certificate: str) -> Answers:
    wanted = {"*": MAILBOX} if forward is None else forward
    domain = Domain(DOMAIN, senders=("i", "jo.e"), receive=receive, forward=wanted)
    return Answers(Server(hostname=HOST), Certificate(**certificate), (domain,))  # type: ignore[arg-type]


def good() -> list[Finding]:
    """All that has to hold before, seen to hold."""
    server = [
        *("certificate.present", "certificate.names", "certificate.key", "certificate.expiry", "certificate.served"),
        *("chasquid.service", "chasquid.port_465"),
    ]
    return [
        *(Finding(id, Status.OK, id) for id in server),
        Finding("dns.a", Status.OK, "A", HOST),
        Finding("dns.mx", Status.OK, "MX", DOMAIN),
        Finding("senders.account", Status.OK, "Account", ADDRESS),
        Finding("forwarding.aliases", Status.OK, "Aliases", DOMAIN),
    ]
