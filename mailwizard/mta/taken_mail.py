"""Whether mail of the domains was ever taken by its receiver's mail server: read in the mail log, kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailwizard.answers import Domain
from mailwizard.errors import HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta import units
from mailwizard.mta.journal_reader import Line, recent_mail_log
from mailwizard.mta.mail_log import Kind, parse
from mailwizard.text import listed, one_line

_SHOWN = 3  # domains


@dataclass(frozen=True)
class Taken:
    """A message that its receiver's mail server took."""

    at: datetime
    sender: str
    recipient: str


async def taken_mail(host: Host, domains: Sequence[str]) -> Mapping[str, Taken] | str:
    """Of each domain the newest message that was taken elsewhere; or why the log cannot be read. Raises Unreachable."""
    try:
        return taken_in(await recent_mail_log(host), domains)
    except Unreachable:
        raise  # the machine itself is lost: that says nothing of its log
    except HostError as error:
        return str(error)


def taken_in(lines: Sequence[Line], domains: Sequence[str]) -> Mapping[str, Taken]:
    """The same, of lines of the log, the oldest first. Mail that was forwarded is not the domain's own."""
    found: dict[str, Taken] = {}
    for line in lines:
        event = parse(line.text)
        if event is None or event.kind is not Kind.SENT or "+fwd_from=" in event.sender:
            continue
        domain, elsewhere = _domain(event.sender), [one for one in event.recipients if _domain(one) not in domains]
        if domain in domains and elsewhere:
            found[domain] = Taken(line.at, event.sender, elsewhere[0])
    return found


def judge_taken(domains: Sequence[Domain], taken: Mapping[str, Taken] | str) -> Finding:
    """The finding `test_mail.sent`: OK when each domain with senders has such a message. Else it is skipped, for to
    send one is the user's choice."""
    basic = Finding(
        "test_mail.sent",
        Status.SKIPPED,
        "Mail that arrived",
        expected="a message of each domain that another mail server took",
        source=f"journalctl -u {units.SERVICE}",
    )
    if isinstance(taken, str):
        return replace(basic, status=Status.UNKNOWN, found=(one_line(taken),))
    if missing := [domain for domain in domains if domain.addresses and domain.name not in taken]:
        return _not_sent(basic, missing)
    if not taken:
        return replace(basic, found=("there are no senders",))
    last = max(taken.values(), key=lambda one: one.at)
    words = f"{last.sender} to {last.recipient}: taken at {last.at:%Y-%m-%d %H:%M} UTC"
    return replace(basic, status=Status.OK, found=(one_line(words),))


def _not_sent(basic: Finding, missing: Sequence[Domain]) -> Finding:
    few, left = [domain.name for domain in missing[:_SHOWN]], len(missing[_SHOWN:])
    words = f"none of {listed([*few, *([f'{left} more'] if left else [])])} is in the log"
    fix = f"Send one to a mailbox of yours elsewhere: `mailwizard send-test {missing[0].addresses[0]} ADDRESS`."
    return replace(basic, found=(words,), fix=fix)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
