"""chasquid's mail log, line by line, and what a receiver's refusal means. Mirrors internal/maillog/maillog.go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """What a line of the mail log tells."""

    QUEUED = "queued"
    SENT = "sent"
    DEFERRED = "deferred"  # a temporary failure: it is tried again
    FAILED = "failed"  # a permanent one
    WAITING = "waiting"  # until the next attempt
    DONE = "done"  # nothing is left to be tried
    LOGGED_IN = "logged in"
    LOGIN_FAILED = "login failed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Event:
    """One line. `sender` is empty for a bounce; `text` is the receiver's answer, a reason, or how long it waits."""

    kind: Kind
    id: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    client: str = ""  # ADDRESS:PORT
    text: str = ""


_ID = r"(?P<id>[A-Za-z0-9_-]{11}) from=(?P<sender>\S*) "
_CLIENT = r"(?P<client>\S+:\d+) "
_FORMS = (
    (Kind.QUEUED, _ID + r"queued ip=(?P<client>\S+) to=\[(?P<to>[^\]]*)\]"),
    (Kind.DEFERRED, _ID + r"to=(?P<to>.*?) failed \(temporary\): (?P<text>.*)"),
    (Kind.FAILED, _ID + r"to=(?P<to>.*?) failed \(permanent\): (?P<text>.*)"),
    (Kind.SENT, _ID + r"to=(?P<to>.*?) sent"),  # after the failures: a receiver's refusal may end in this word
    (Kind.WAITING, _ID + r"completed loop, next in (?P<text>\S+)"),
    (Kind.DONE, _ID + r"all done"),
    (Kind.LOGGED_IN, _CLIENT + r"auth succeeded for (?P<sender>.*)"),
    (Kind.LOGIN_FAILED, _CLIENT + r"auth failed for (?P<sender>.*)"),
    (Kind.REJECTED, _CLIENT + r"rejected(?: from=(?P<sender>\S*))?(?: to=\[(?P<to>[^\]]*)\])? - (?P<text>.*)"),
)
_FRACTION = re.compile(r"\.\d+s$")  # "1m37.601553167s"
_PATTERNS = tuple((kind, re.compile(form, re.DOTALL)) for kind, form in _FORMS)


def parse(message: str) -> Event | None:
    """What a message of the mail log tells; None for one that tells nothing about mail. Never raises."""
    message = message.strip("\n")
    for kind, pattern in _PATTERNS:
        if match := pattern.fullmatch(message):
            part = {name: value or "" for name, value in match.groupdict().items()}
            sender = part.get("sender", "")
            return Event(
                kind,
                part.get("id", ""),
                "" if sender == "<>" else sender,
                tuple(part.get("to", "").split()),
                part.get("client", ""),
                _FRACTION.sub("s", part.get("text", "")) if kind is Kind.WAITING else part.get("text", ""),
            )
    return None


_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "alias_missing",
        r"maildrop|MDA delivery failed",
        "This address has no line in the aliases file, so chasquid has nowhere to put its mail. "
        "Add a forward for it in the Forwarding step.",
    ),
    (
        "downgrade",
        r"Security level check failed",
        "The receiver once offered better encryption than now, so chasquid does not send. If this is right, run "
        "`chasquid-util domaininfo-remove` with the receiver's domain.",
    ),
    (
        "reverse_dns",
        r"\b[45]\.7\.25\b|reverse (dns|hostname|name)|\bPTR\b|rdns|cannot find your (host|reverse)",
        "The receiver wants your sending address to have a reverse DNS name. Set it at your hosting provider, "
        "as the Reverse DNS step shows.",
    ),
    (
        "blocklist",
        r"spamhaus|spamcop|barracuda|block ?list|blacklist|\bRBL\b|\bDNSBL\b|S3140|S3150|banned sending ip",
        "The receiver has your address on a blocklist. Look at the blocklist lines of the Reverse DNS step, and ask "
        "the list to remove you.",
    ),
    (
        "authentication",
        r"\b[45]\.7\.(26|27|23|24|30)\b|unauthenticated|dmarc|\bspf\b|dkim",
        "The receiver could not see that you may send for this domain. Check the SPF, DKIM and DMARC lines of the "
        "DNS records step.",
    ),
    (
        "greylisted",
        r"gr[ea]ylist|try again later|please retry|come back later|\b451 4\.7\.1\b",
        "The receiver makes new senders wait. Nothing is wrong; chasquid tries again by itself.",
    ),
    (
        "rate",
        r"\b4\.7\.28\b|rate|too many|throttl|unusual",
        "You sent more than the receiver takes from a new address. Send less for some days; chasquid tries again.",
    ),
    ("mailbox_full", r"\b[45]\.2\.2\b|mailbox (is )?full|quota", "The receiver's mailbox is full. Ask its owner."),
    (
        "no_such_user",
        r"\b5\.1\.1\b|no such user|user unknown|does not exist|unknown (user|recipient)",
        "The receiver says that there is no such address. Check how it is spelled.",
    ),
    (
        "no_mail_server",
        r"no such host|null MX|could not find mail server|lookup .* (no such|server misbehaving)",
        "No mail server was found for the receiver's domain. Check how it is spelled, and that this server's own "
        "DNS resolver works.",
    ),
    (
        "port_25_shut",
        r"i/o timeout|timed out|network is unreachable|no route to host",
        "The receiver's mail server could not be reached on port 25. If this is so for every receiver, your hosting "
        "provider shuts port 25: see the Server step.",
    ),
    (
        "refused",
        r"connection refused",
        "The receiver's mail server refused the connection. If this is so for every receiver, your hosting provider "
        "shuts port 25: see the Server step.",
    ),
    (
        "tls",
        r"tls|certificate|x509",
        "No encrypted connection could be made to the receiver. chasquid tries again; if it stays so, tell the "
        "receiver's postmaster.",
    ),
    (
        "content",
        r"\b5\.7\.1\b|spam|content|policy",
        "The receiver refused this message or this sender by its own rules. Follow the address in its answer, if "
        "there is one.",
    ),
)
_COMPILED = tuple((name, re.compile(form, re.IGNORECASE), words) for name, form, words in _MEANINGS)


@dataclass(frozen=True)
class Meaning:
    """What an answer means: `cause` is one word for programs, `advice` sentences for the user."""

    cause: str
    advice: str


def meaning(answer: str) -> Meaning:
    """What a receiver's (or chasquid's own) failure text means, and what to do. Never raises."""
    for name, pattern, words in _COMPILED:
        if pattern.search(answer):
            return Meaning(name, words)
    return Meaning("other", "The receiver's answer says why. If it stays so, ask the receiver's postmaster.")
