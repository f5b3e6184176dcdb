"""The proof that mail comes in: somebody writes from elsewhere, and the log tells how it arrives and is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from mailwizard import values
from mailwizard.answers import Answers
from mailwizard.errors import UsageError
from mailwizard.host.protocol import Host
from mailwizard.mta.aliases import Aliases, line_for, lookup, normal_user, parse_aliases
from mailwizard.mta.aliases_file import aliases_text
from mailwizard.mta.delivery import State
from mailwizard.mta.inbound import Inbound, Mail, domain_of
from mailwizard.mta.mail_log import Event, Kind
from mailwizard.network.own_addresses import own_addresses
from mailwizard.programs.telling import Client, Followed, fate, turned_away
from mailwizard.text import listed, one_line

ANYBODY = "any123"  # nobody's name: what the catch-all is tried with


@dataclass
class Arriving:
    """A teller about mail from outside to the `wanted` addresses. `aliases` by domain."""

    wanted: Sequence[str]
    aliases: Mapping[str, Aliases]
    inbound: Inbound
    handed_over: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> list[str]:
        """The addresses of which no mail arrived and was handed over yet."""
        return [address for address in self.wanted if address not in self.handed_over]

    def concerns(self, event: Event) -> bool:
        """True for a mail to one of the addresses, and for a login, which tells a mail from outside from others."""
        if event.kind in (Kind.QUEUED, Kind.REJECTED):
            return bool(self._meant(event))
        return event.kind is Kind.LOGGED_IN or event.id in self.inbound.mails

    def tell(self, event: Event, client: Client) -> str:
        """A sentence about the event, in one line; empty when there is nothing to tell."""
        if event.kind is Kind.REJECTED:
            return one_line(turned_away(event))
        mail = self.inbound.hear(event, datetime.now(timezone.utc))
        if mail is None:
            return ""
        if event.kind is Kind.QUEUED:
            return one_line(self._arrived(event, client))
        if event.kind is Kind.DONE:
            return one_line(self._proved(mail))
        said = fate(event, Followed(comes_in=True))
        return one_line(f"Mail to {listed(self._meant(mail.events[0]))}: {said}") if said else ""

    def _meant(self, event: Event) -> list[str]:
        """Which of the addresses it is written to."""
        to = set(map(_plain, event.recipients))
        return [address for address in self.wanted if _plain(address) in to]

    def _arrived(self, event: Event, client: Client) -> str:
        where = f"{client.address}{f' ({client.name})' if client.name else ''}"
        lines = " ".join(map(self._line, self._meant(event)))
        who = event.sender or "a mail server (a bounce)"
        return f"A mail from {who} to {listed(self._meant(event))} arrived from {where}. {lines}"

    def _line(self, address: str) -> str:
        local, _, domain = address.rpartition("@")
        aliases = self.aliases.get(domain, {})
        line = line_for(aliases, local)
        targets = lookup(aliases, local) or aliases.get("*", ())
        if not line:
            return f"No line of the aliases takes {address}: it will bounce."
        return f"The line {line} of the aliases takes it, to {listed(list(map(str, targets)))}."

    def _proved(self, mail: Mail) -> str:
        """What is proved when nothing of a mail is left to be done: handed over is what the next server took whole."""
        if not mail.handed_to or mail.fate is None or mail.fate[0] is not State.SENT:
            return ""
        meant = self._meant(mail.events[0])
        self.handed_over.update(meant)
        return f"Seen: mail to {listed(meant)} arrives, and is passed on."


def _plain(address: str) -> str:
    """As chasquid compares it, without a suffix."""
    return f"{normal_user(address.rpartition('@')[0]).partition('+')[0]}@{domain_of(address)}"


def addresses_to_try(answers: Answers) -> list[str]:
    """Of each domain that receives the first sender's, and one that only the catch-all takes, where there is one."""
    found: list[str] = []
    for domain in answers.domains:
        if domain.receive:
            locals_ = [*(domain.senders[:1] or ("postmaster",)), *((ANYBODY,) if domain.forward.get("*") else ())]
            found += [f"{local}@{domain.name}" for local in locals_]
    return found


def addresses_given(words: Sequence[str], answers: Answers) -> list[str]:
    """The addresses to watch for, those to try when none is named. Raises UsageError for one that is not received."""
    here = [domain.name for domain in answers.domains if domain.receive]
    for word in words:
        try:
            domain = domain_of(values.email(word))
        except ValueError as error:
            raise UsageError(f'"{one_line(word)}" {error}') from None
        if domain not in here:
            raise UsageError(f"{word}: this server does not receive for {domain}, says {answers.path}.")
    return list(dict.fromkeys(values.email(word).lower() for word in words)) or addresses_to_try(answers)


async def arriving(host: Host, answers: Answers, wanted: Sequence[str]) -> Arriving:
    """The teller about mail to the `wanted` addresses, as the aliases are now. Only reads. Raises HostError."""
    domains = list(dict.fromkeys(map(domain_of, wanted)))
    own, texts = await asyncio.gather(
        own_addresses(host, answers), asyncio.gather(*(aliases_text(host, domain) for domain in domains))
    )
    aliases = {domain: parse_aliases(text, domain) for domain, text in zip(domains, texts, strict=True)}
    receiving = [domain.name for domain in answers.domains if domain.receive]
    return Arriving(wanted, aliases, Inbound(own.all, receiving))


def invitation(wanted: Sequence[str]) -> str:
    """What the user is to do."""
    return f"Write now, from a mailbox elsewhere, to {listed(list(wanted))}."
