"""Mail that came from outside, as chasquid's mail log tells it: which it was, and what became of it.

From outside is what a machine with a public address that is not this one handed in, without a login. The log does not
name the port; only port 25 takes mail without a login. Everything that strangers wrote in a line is theirs: an address
with a blank in it makes a line that is left out, and none that reads as another.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mailwizard.mta.delivery import State, settled
from mailwizard.mta.journal_reader import Line
from mailwizard.mta.mail_log import Event, Kind, parse
from mailwizard.network.routes import reaches_outside

_REMEMBERED = 1000  # mails, and connections that logged in


@dataclass(frozen=True)
class Mail:
    """A mail from outside: when and from which IP address it came, and all that the log says of it so far."""

    at: datetime
    client: str
    events: list[Event]

    @property
    def id(self) -> str:
        return self.events[0].id

    @property
    def sender(self) -> str:
        """Empty for a bounce."""
        return self.events[0].sender

    @property
    def recipients(self) -> tuple[str, ...]:
        """As the sender wrote them, before any alias."""
        return self.events[0].recipients

    @property
    def handed_to(self) -> tuple[str, ...]:
        """The addresses whose mail servers took it."""
        sent = (event.recipients for event in self.events if event.kind is Kind.SENT)
        return tuple(dict.fromkeys(address for them in sent for address in them))

    @property
    def fate(self) -> tuple[State, str, str] | None:
        """State, answer and time of the next try; None while it is tried for the first time."""
        return settled(self.events, self.id)

    def is_for(self, domain: str) -> bool:
        """True when one of its recipients is there."""
        return any(domain_of(address) == domain for address in self.recipients)


@dataclass
class Inbound:
    """Sorts the log's events, oldest first. `own`: this server's addresses; `domains`: those it receives for."""

    own: Collection[str]
    domains: Collection[str]
    mails: dict[str, Mail] = field(default_factory=dict)  # by id, oldest first
    _logins: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def hear(self, event: Event, at: datetime) -> Mail | None:
        """The mail from outside that the event is about, with the event in it; None when it is about none."""
        if event.kind is Kind.LOGGED_IN:
            self._logins.append(event.client)
        elif event.kind is Kind.QUEUED and self._is_from_outside(event):
            self.mails[event.id] = Mail(at, ip_of(event.client), [event])
            if len(self.mails) > _REMEMBERED:
                del self.mails[next(iter(self.mails))]
        elif mail := self.mails.get(event.id) if event.id else None:
            mail.events.append(event)
        return self.mails.get(event.id) if event.id else None

    def _is_from_outside(self, event: Event) -> bool:
        """Who logged in writes as one of our domains, as the hook sees to: so also where the login is not in sight."""
        ip = ip_of(event.client)
        return (
            reaches_outside(ip)
            and ip not in self.own
            and event.client not in self._logins
            and domain_of(event.sender) not in self.domains
            and any(domain_of(address) in self.domains for address in event.recipients)
            and all(map(_is_plain, (event.sender or "@", *event.recipients)))
        )


def _is_plain(address: str) -> bool:
    """False for a quoted address (RFC 5321, 4.1.2): blanks and brackets in one would make it read as several."""
    return '"' not in address and address.count("@") == 1


def inbound(lines: Iterable[Line], own: Collection[str], domains: Collection[str]) -> list[Mail]:
    """The mails from outside that the lines tell of, oldest first."""
    found = Inbound(own, domains)
    for line in lines:
        if event := parse(line.text):
            found.hear(event, line.at)
    return list(found.mails.values())


def domain_of(address: str) -> str:
    """What follows the @, in lower case."""
    return address.rpartition("@")[2].lower()


def ip_of(client: str) -> str:
    """The IP address of the log's "192.0.2.1:476" or "[2001:db8::1]:476"; "" when there is none."""
    host = client.rpartition(":")[0].strip("[]")
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return ""
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)
