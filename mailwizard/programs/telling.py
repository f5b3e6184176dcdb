"""What the mail log tells about one sender, in sentences: a program logs in, mail comes in, goes on, is refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mailwizard.mta.aliases import normal_user
from mailwizard.mta.mail_log import Event, Kind, meaning
from mailwizard.text import one_line

_GOOGLE = ("google.com", "googlemail.com")


@dataclass(frozen=True)
class Client:
    """Who is connected: its IP address, and its name in the DNS where that leads back to the address, else ""."""

    address: str = ""
    name: str = ""

    @property
    def is_google(self) -> bool:
        """True when its name is one of Google's."""
        return _of_google(self.name)

    @property
    def is_this_server(self) -> bool:
        """True for the loopback address."""
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        if self.is_this_server:
            return "This server itself"
        if self.is_google:
            return f"Google ({self.name}, {self.address})"
        return f"A program at {self.address}{f' ({self.name})' if self.name else ''}"


@dataclass
class Followed:
    """A message that is followed."""

    comes_in: bool
    is_of_google: bool = False


class Teller(Protocol):
    """What makes sentences of the mail log's events."""

    def concerns(self, event: Event) -> bool:
        """True when `tell` may have something to say: so that nobody's name is asked for in vain."""

    def tell(self, event: Event, client: Client) -> str:
        """A sentence about the event, in one line; empty when there is nothing to tell."""


class Telling:
    """Turns events into sentences about `address`; what is about others is left out. Keeps which mail is followed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._followed: dict[str, Followed] = {}

    def concerns(self, event: Event) -> bool:
        """True when `tell` may have something to say: so that nobody's name is asked for in vain."""
        if event.kind in (Kind.LOGGED_IN, Kind.LOGIN_FAILED):
            return _local(event.sender) == _local(self.address)
        if event.kind in (Kind.QUEUED, Kind.REJECTED):
            google = event.kind is Kind.REJECTED and _of_google(_domain(event.sender))
            return google or self._is_own(event.sender) or any(map(self._is_own, event.recipients))
        return event.id in self._followed

    def tell(self, event: Event, client: Client) -> str:
        """A sentence about the event, in one line; empty when it is about something else."""
        if not self.concerns(event):
            return ""
        tell = {
            Kind.LOGGED_IN: self._logged_in,
            Kind.LOGIN_FAILED: self._login_failed,
            Kind.QUEUED: self._queued,
            Kind.REJECTED: self._rejected,
        }.get(event.kind)
        if tell is not None:
            return one_line(tell(event, client))
        said = fate(event, self._followed[event.id])
        if event.kind is Kind.DONE:
            del self._followed[event.id]
        return one_line(said)

    def _logged_in(self, event: Event, client: Client) -> str:
        if not self._is_own(event.sender):
            return ""
        more = ": server, user name and password are right. A code comes next." if client.is_google else "."
        return f"{client} logged in as {self.address}{more}"

    def _login_failed(self, event: Event, client: Client) -> str:
        if self._is_own(event.sender):
            return (
                f"{client} gave a wrong password for {self.address}. If that was you: type it again, or set a new one: "
                f"`mailwizard sender add {self.address}`."
            )
        name = event.sender.removesuffix("@")  # as chasquid writes a name that came without one
        return f"{client} tried to log in as {name}, and there is no such account: it is {self.address}, all of it."

    def _queued(self, event: Event, client: Client) -> str:
        if self._is_own(event.sender):
            self._followed[event.id] = Followed(comes_in=False)
            return f"A mail from {self.address} to {' '.join(event.recipients)} was handed in."
        google = _of_google(_domain(event.sender))
        self._followed[event.id] = Followed(comes_in=True, is_of_google=google)
        who = event.sender or "a mail server (a bounce)"
        code = " It should be the one with the code." if google else ""
        return f"A mail from {who} to {self.address} came in.{code}"

    def _rejected(self, event: Event, client: Client) -> str:
        return turned_away(event)

    def _is_own(self, address: str) -> bool:
        return _plain(address) == _plain(self.address)


def turned_away(event: Event) -> str:
    """What to tell of a mail that chasquid did not take."""
    what = f"A mail from {event.sender or 'a mail server (a bounce)'}"
    to = f" to {' '.join(event.recipients)}" if event.recipients else ""
    return f"{what}{to} was turned away: {event.text}. {meaning(event.text).advice}"


def fate(event: Event, mail: Followed) -> str:
    """What to tell of an attempt to deliver `mail`; empty where there is nothing to tell."""
    say = _FATES.get(event.kind)
    return say(event, mail) if say else ""


def _sent(event: Event, mail: Followed) -> str:
    to = " ".join(event.recipients)
    if mail.is_of_google:
        return f"It was passed on to {to}, whose mail server took it. Open it there (or in its spam folder): the code."
    if mail.comes_in:
        return f"It was passed on to {to}, whose mail server took it."
    return f"The mail server of {to} took it."


_FATES: dict[Kind, Callable[[Event, Followed], str]] = {
    Kind.SENT: _sent,
    Kind.DEFERRED: lambda event, mail: (
        f"{' '.join(event.recipients)} puts it off: {event.text}. {meaning(event.text).advice}"
    ),
    Kind.FAILED: lambda event, mail: (
        f"{' '.join(event.recipients)} refuses it: {event.text}. {meaning(event.text).advice}"
    ),
    Kind.WAITING: lambda event, mail: f"chasquid tries again in {event.text}.",
}


def _of_google(name: str) -> bool:
    lower = name.lower().rstrip(".")
    return any(lower == domain or lower.endswith(f".{domain}") for domain in _GOOGLE)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _local(address: str) -> str:
    """What stands before the @ as chasquid compares it, without a suffix."""
    return normal_user(address.partition("@")[0]).partition("+")[0]


def _plain(address: str) -> str:
    return f"{_local(address)}@{_domain(address).lower()}"
