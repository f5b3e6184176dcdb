"""Whether a mail from outside was seen arriving: looked up in the log, kept nowhere. Facts in, a finding out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailwizard.answers import Domain
from mailwizard.finding import Finding, Status
from mailwizard.mta import units
from mailwizard.mta.aliases import Aliases, line_for
from mailwizard.mta.delivery import State
from mailwizard.mta.inbound import Mail, domain_of
from mailwizard.mta.mail_log import meaning
from mailwizard.text import listed, one_line


def judge_seen(domain: Domain, mails: Sequence[Mail], aliases: Aliases) -> Finding:
    """The finding `forwarding.seen`: the newest mail that was handed on, else the newest that was not."""
    basic = _basic(domain.name, Status.OK)
    if not domain.receive:
        return replace(basic, status=Status.SKIPPED, found=("this server does not receive for it",))
    ours = [mail for mail in mails if mail.is_for(domain.name)]
    if not ours:
        return replace(basic, status=Status.SKIPPED, found=(_nothing_yet(domain),))
    mail = next((mail for mail in reversed(ours) if mail.handed_to), ours[-1])
    told = replace(basic, found=tuple(map(one_line, (_arrival(mail, domain.name, aliases), _fate(mail)))))
    state, answer, _ = mail.fate or (State.SENT, "", "")
    if state is not State.FAILED or mail.handed_to:
        return told
    return replace(told, status=Status.WARNING, cause=meaning(answer).cause, fix=meaning(answer).advice)


def not_seen(domain: str, why: str) -> Finding:
    """The finding where the log could not be read."""
    return replace(_basic(domain, Status.UNKNOWN), found=(one_line(why),))


def _basic(domain: str, status: Status) -> Finding:
    title, expected = "Mail from outside", "a mail from outside arrives and is passed on"
    return Finding("forwarding.seen", status, title, domain, expected, source=f"journalctl -u {units.SERVICE}")


def _nothing_yet(domain: Domain) -> str:
    local = domain.senders[0] if domain.senders else "postmaster"
    return f"none was seen yet: write to {local}@{domain.name} from a mailbox elsewhere to see it arrive"


def _arrival(mail: Mail, domain: str, aliases: Aliases) -> str:
    to = next(address for address in mail.recipients if domain_of(address) == domain)
    line = line_for(aliases, to.rpartition("@")[0])
    by = f" by the line {line}" if line else ""
    who = mail.sender or "a mail server (a bounce)"
    return f"{mail.at:%Y-%m-%d %H:%M:%S} UTC: from {who} at {mail.client} to {to}{by}"


def _fate(mail: Mail) -> str:
    if mail.handed_to:
        return f"passed on to {listed(mail.handed_to)}, whose mail server took it"
    state, answer, again = mail.fate or (State.UNKNOWN, "it is being passed on", "")
    if state is State.FAILED:
        return f"refused: {answer}"
    return f"not passed on yet: {answer}{f'; chasquid tries again in {again}' if again else ''}"
