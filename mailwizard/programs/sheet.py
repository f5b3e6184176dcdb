"""The exact values to type into a mail program, for one sender. Outgoing alone: there is no IMAP on this server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailwizard.answers import Answers, Domain
from mailwizard.text import listed

SUBMISSIONS, SUBMISSION = 465, 587  # RFC 8314: TLS from the first byte; RFC 6409: with STARTTLS
PASSWORD = "Password"
_NO_MAILBOX = (
    "This server only sends, and passes received mail on: it keeps no mailbox, so there is no IMAP and no POP3 server "
    "to enter. Incoming mail is read where it is passed on to{where}."
)


@dataclass(frozen=True)
class Value:
    """One field of the program: its label, exactly what to type there, and a remark that is not typed."""

    label: str
    text: str
    remark: str = ""


@dataclass(frozen=True)
class Sheet:
    """What to do in one program: where its fields are, what to type in them, and what is to be done then."""

    program: str
    title: str
    where: str
    values: tuple[Value, ...]
    then: str
    needs_code: bool = False  # the program sends a code to the address before it takes it


def sheets(answers: Answers, address: str) -> tuple[Sheet, ...]:
    """The sheets of all programs for one of the senders. Raises ValueError when it is none of them."""
    if address not in answers.senders:
        raise ValueError(f"{address} is no sender of the answers")
    return tuple(make(answers, address) for make in _MAKERS)


def targets(answers: Answers, address: str) -> tuple[str, ...]:
    """Where mail to a sender goes on to, as the answers have it: its own line, else the catch-all's; () for nowhere."""
    domain = domain_of(answers, address)
    text = domain.forward.get(address.partition("@")[0]) or domain.forward.get("*") or ""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def domain_of(answers: Answers, address: str) -> Domain:
    """The domain of one of the senders. Raises ValueError when it is none of them."""
    for domain in answers.domains:
        if address in domain.addresses:
            return domain
    raise ValueError(f"{address} is no sender of the answers")


def _gmail(answers: Answers, address: str) -> Sheet:
    """support.google.com/mail/answer/22370 and 1074635."""
    goes_on = f", which goes on to {listed(targets(answers, address))}" if targets(answers, address) else ""
    return Sheet(
        "gmail",
        "Gmail, “Send mail as”",
        "On a computer: mail.google.com, the gear, See all settings, Accounts and Import; at “Send mail as”: "
        "Add another email address.",
        (
            Value("Name", "", "your own name, as receivers shall see it"),
            Value("Email address", address),
            Value("Treat as an alias", "ticked"),
            Value("SMTP Server", answers.server.hostname),
            Value("Port", str(SUBMISSIONS), f"Secured connection using SSL; or {SUBMISSION} with TLS"),
            Value("Username", address, "all of it"),
            _password(),
        ),
        f"Add Account. Gmail logs in here, then writes a code to {address}{goes_on}: type it in. Then, still on that "
        "page: “make default”, and “Reply from the same address the message was sent to”.",
        needs_code=True,
    )


def _thunderbird(answers: Answers, address: str) -> Sheet:
    return Sheet(
        "thunderbird",
        "Thunderbird",
        "Menu, Account Settings, Outgoing Server (SMTP), Add. Its wizard for a new account asks for an incoming "
        "server as well: do not use it for this address.",
        (
            Value("Server Name", answers.server.hostname),
            Value("Port", str(SUBMISSIONS), f"or {SUBMISSION} with STARTTLS"),
            Value("Connection security", "SSL/TLS"),
            Value("Authentication", "Normal password"),
            Value("User Name", address, "all of it"),
            _password("asked for at the first mail"),
        ),
        f"Then, in the account that receives your mail: Manage Identities, Add, with {address} as the Email Address "
        f"and {answers.server.hostname} as the Outgoing Server. {_no_mailbox(answers, address)}",
    )


def _apple(answers: Answers, address: str) -> Sheet:
    return Sheet(
        "apple",
        "Apple Mail",
        "On a Mac: Mail, Settings, Accounts, the account that receives your mail, Server Settings; at Outgoing Mail "
        "Account: Edit SMTP Server List, +.",
        (
            Value("Host Name", answers.server.hostname),
            Value("Port", str(SUBMISSIONS), "“Automatically manage connection settings” not ticked"),
            Value("Use TLS/SSL", "ticked"),
            Value("Authentication", "Password"),
            Value("User Name", address, "all of it"),
            _password(),
        ),
        "Then take it as that account's Outgoing Mail Account, and under Account Information, Email Address, add "
        f"{address}. {_no_mailbox(answers, address)}",
    )


def _generic(answers: Answers, address: str) -> Sheet:
    return Sheet(
        "generic",
        "Any other program",
        "Where the program asks for the outgoing server (SMTP). A phone, a printer or a script needs the same.",
        (
            Value("From address", address, "another domain's is refused"),
            Value("SMTP server", answers.server.hostname),
            Value("Port", str(SUBMISSIONS), f"TLS from the start; or {SUBMISSION} with STARTTLS"),
            Value("Login", "PLAIN", "often called “normal password”"),
            Value("User name", address, "all of it"),
            _password(),
        ),
        _no_mailbox(answers, address),
    )


def _password(when: str = "") -> Value:
    words = "the sender's, shown when it was made"
    return Value(PASSWORD, "", f"{words}; {when}" if when else words)


def _no_mailbox(answers: Answers, address: str) -> str:
    found = targets(answers, address)
    return _NO_MAILBOX.format(where=f": {listed(found)}" if found else "")


_MAKERS: tuple[Callable[[Answers, str], Sheet], ...] = (_gmail, _thunderbird, _apple, _generic)
