"""Sends a message as a mail program would, through port 465 with a real login, and follows it to its receiver."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from mailwizard.answers import Answers
from mailwizard.errors import FileMissing, HostError
from mailwizard.host.protocol import Host, Report, text_of
from mailwizard.mta.delivery import Delivery, State, queued, settled
from mailwizard.mta.journal_reader import Line, last_cursor, mail_log_after
from mailwizard.mta.login import SUBMISSIONS, LoginRefused, open_submissions
from mailwizard.mta.mail_log import Event, Kind, parse
from mailwizard.mta.smtp_talk import Reply
from mailwizard.secret import Secret
from mailwizard.text import one_line

__all__ = ["Delivery", "State", "send_test"]

PATIENCE = 75  # seconds until the first answer; chasquid waits 60 for a connection that is swallowed
_PAUSE = 0.5


async def send_test(
    host: Host,
    answers: Answers,
    sender: str,
    recipient: str,
    password: Secret,
    report: Report,
    *,
    patience: float = PATIENCE,
) -> Delivery:
    """Sends a test message and tells what its receiver answered, within `patience` seconds; `report` hears each step.

    Raises LoginRefused, UntrustedCertificate, Unreachable or HostError when it could not even be handed over.
    """
    host.log.hide(password)
    place = await _place(host)
    message_id = f"<{secrets.token_hex(12)}@{sender.rpartition('@')[2]}>"
    letter = _letter(answers.server.hostname, sender, recipient, message_id)
    reply = await _hand_over(host, answers, sender, recipient, password, letter, report)
    basic = Delivery(State.FAILED, sender, recipient, one_line(reply.text), message_id=message_id)
    if not reply.ok:
        return basic
    if isinstance(place, HostError):
        return _ended(basic, State.UNKNOWN, str(place).rstrip("."))
    return await _follow(host, place, basic, report, patience)


async def _place(host: Host) -> str | HostError:
    """Where the log ends now, or why it may not be read."""
    try:
        return await last_cursor(host)
    except HostError as error:
        return error


async def _hand_over(
    host: Host, answers: Answers, sender: str, recipient: str, password: Secret, letter: bytes, report: Report
) -> Reply:
    """The server's last answer. Raises what `send_test` raises."""
    name = answers.server.hostname
    ca = await _bundle(host, answers.certificate.ca_bundle)
    async with await open_submissions(host, server_name=name, ca=ca) as talk:
        report(f"connected to {name} port {SUBMISSIONS}, {talk.tls_version}, its certificate is accepted")
        await talk.ehlo(name)
        login = await talk.auth_plain(sender, password)
        if not login.ok:
            raise LoginRefused(f"The password of {sender} is not accepted: {login}. Check it, or set a new one.")
        report(f"logged in as {sender}")
        reply = await talk.mail(sender)
        if reply.ok:
            reply = await talk.rcpt(recipient)
        if reply.ok:
            reply = await talk.data(letter)
        report(f"chasquid answers: {reply}")
        await talk.quit()
        return reply


async def _bundle(host: Host, path: str) -> str:
    try:
        return await text_of(host, path) if path else ""
    except FileMissing as error:
        raise HostError(f"{path} is not there: it is named as ca_bundle in your answers.") from error


async def _follow(host: Host, cursor: str, basic: Delivery, report: Report, patience: float) -> Delivery:
    """Reads the log until the message is delivered, refused or put off."""
    loop = asyncio.get_running_loop()
    start, told, queue_id = loop.time(), 0, ""
    while (waited := loop.time() - start) < patience:
        events = _events(await mail_log_after(host, cursor))
        queue_id = queue_id or queued(events, basic.sender, basic.recipient)
        ours = [event for event in events if queue_id and event.id == queue_id]
        for event in ours[told:]:
            report(_words(event))
        told = len(ours)
        if queue_id and (end := settled(events, queue_id)):
            return _ended(basic, *end, queue_id=queue_id, seconds=waited)
        await asyncio.sleep(_PAUSE)
    reason = "the receiver has not answered yet" if queue_id else "it is not in chasquid's log"
    return _ended(basic, State.UNKNOWN, reason, queue_id=queue_id, seconds=patience)


def _ended(
    basic: Delivery, state: State, answer: str, next_try: str = "", *, queue_id: str = "", seconds: float = 0
) -> Delivery:
    return Delivery(
        state, basic.sender, basic.recipient, one_line(answer), queue_id, seconds, next_try, basic.message_id
    )


def _events(lines: list[Line]) -> list[Event]:
    return [event for line in lines if (event := parse(line.text))]


_SAYINGS: dict[Kind, Callable[[Event], str]] = {
    Kind.QUEUED: lambda event: f"queued as {event.id}",
    Kind.SENT: lambda event: f"{' '.join(event.recipients)}: the receiver took it",
    Kind.DEFERRED: lambda event: f"{' '.join(event.recipients)}: put off: {event.text}",
    Kind.FAILED: lambda event: f"{' '.join(event.recipients)}: refused: {event.text}",
    Kind.WAITING: lambda event: f"next try in {event.text}",
}


def _words(event: Event) -> str:
    saying = _SAYINGS.get(event.kind)
    return one_line(saying(event) if saying else event.kind.value)


def _letter(hostname: str, sender: str, recipient: str, message_id: str) -> bytes:
    """A message of its own (RFC 5322): chasquid adds neither Date nor Message-ID."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime, localtime

    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = recipient
    letter["Subject"] = f"A test of the mail server {hostname}"
    letter["Date"] = format_datetime(localtime())
    letter["Message-ID"] = message_id
    letter.set_content(
        f"Hello,\n\nthis message was sent to see whether mail from {hostname} arrives.\n\n"
        'To see how it was judged, open its source (in Gmail: the three dots, then "Show original"), copy all of it,\n'
        "and give it to `mailwizard inspect -`.\n"
    )
    return letter.as_bytes()
