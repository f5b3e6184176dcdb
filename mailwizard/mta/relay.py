"""Is it an open relay? A stranger asks the server to pass mail on to another domain; no message is ever handed over."""

from __future__ import annotations

from mailwizard.errors import HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta.ports import LOOPBACK
from mailwizard.mta.smtp_talk import Reply, SmtpTalk

FOREIGN = "relay-test@example.net"  # a domain that nobody's mail server serves (RFC 2606)


async def ask_to_relay(host: Host) -> Reply | str:
    """What the server answers to a foreign recipient, without login; a text when it could not be asked."""
    try:
        async with await SmtpTalk.open(host, LOOPBACK, 25) as talk:
            await talk.ehlo("localhost")
            sender = await talk.mail("")
            if not sender.ok:
                return f"the sender was refused before: {sender}"
            answer = await talk.rcpt(FOREIGN)
            await talk.quit()
            return answer
    except HostError as error:
        return str(error)


def judge_relay(answer: Reply | str) -> Finding:
    """The finding `chasquid.relay`."""
    if isinstance(answer, str):
        status = Status.UNKNOWN
    else:
        status = Status.FAILED if answer.code < 400 else Status.OK if answer.code >= 500 else Status.UNKNOWN
    fix = (
        "Stop chasquid at once (systemctl stop chasquid.service), and look who changed its configuration."
        if status is Status.FAILED
        else ""
    )
    return Finding(
        "chasquid.relay",
        status,
        "No open relay",
        expected="a stranger's mail to another domain is refused",
        found=(str(answer),),
        source=f"{LOOPBACK} port 25, RCPT TO:<{FOREIGN}>",
        cause="open_relay" if status is Status.FAILED else "",
        fix=fix,
    )
