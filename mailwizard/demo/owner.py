"""The imagined owner, who does at the providers' pages what the screens say: late, and once with a mistake.

When mail can come in, a friend of theirs writes now and then.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mailwizard.demo.world import IPV4, World
from mailwizard.dns.names import reverse_name
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.mta.aliases import lookup, parse_aliases
from mailwizard.mta.aliases_file import path_of

if TYPE_CHECKING:
    from mailwizard.answers import Domain
    from mailwizard.dns.wanted_record import Wanted
    from mailwizard.wizard import Wizard

HOST_AFTER, RECORDS_AFTER, MENDED_AFTER = 12, 15, 25  # seconds
PTR_AFTER = {4: 20, 6: 90}
MAIL_EVERY = 20  # seconds


class Owner:
    """`tick` does what is due."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen: dict[tuple[str, str], datetime] = {}

    async def tick(self, wizard: Wizard) -> None:
        """Publishes what has been wanted for long enough."""
        answers = wizard.answers
        if not answers.server.hostname or not answers.domains:
            return
        wanted = await wizard.services.records.wanted(wizard.host, answers)
        for wish in wanted.wishes:
            self._publish(wish.record)
        for address in wanted.own.all:
            if ":" not in address or self.world.ipv6_up:
                self._reverse(address, answers.server.hostname)
        for domain in answers.domains:
            self._friend_writes(wizard, domain)

    async def live(self, wizard: Wizard) -> None:
        """Looks once a second, until it is cancelled."""
        while True:
            await self.tick(wizard)
            await asyncio.sleep(1)

    def _friend_writes(self, wizard: Wizard, domain: Domain) -> None:
        """A mail to the first sender, passed on by the line that the aliases have for it."""
        path, local = path_of(domain.name), next(iter(domain.senders), "postmaster")
        host = wizard.host
        assert isinstance(host, ImaginaryHost)
        if not (self.world.mail_runs and self.world.standing(domain.name, "MX") and path in host.files):
            return
        targets = lookup(parse_aliases(host.text(path), domain.name), local)
        if targets and self._age((domain.name, "mail")) >= timedelta(seconds=MAIL_EVERY):
            self._seen[domain.name, "mail"] = self.world.now()
            self._log_mail(f"{local}@{domain.name}", targets[0].address)

    def _log_mail(self, to: str, target: str) -> None:
        start = f"{secrets.token_urlsafe(8)} from=a.friend@gmail.com"
        for line in (f"queued ip=209.85.220.41:33100 to=[{to}]", f"to={target} sent", "all done"):
            self.world.write(f"{start} {line}", mail=True)

    def _age(self, key: tuple[str, str]) -> timedelta:
        return self.world.now() - self._seen.setdefault(key, self.world.now())

    def _publish(self, record: Wanted) -> None:
        age = self._age((record.name, record.purpose))
        waits = HOST_AFTER if record.purpose in ("a", "aaaa") else RECORDS_AFTER
        if (record.purpose == "dkim" and not self.world.mail_runs) or age < timedelta(seconds=waits):
            return
        if record.purpose == "dkim" and age < timedelta(seconds=waits + MENDED_AFTER):
            zone = ".".join(record.name.split(".")[2:])
            # the panel adds the zone to a name that has it already
            self.world.publish(f"{record.name}.{zone}", record.type, record.value)
            return
        self._withdraw(record)
        self.world.publish(record.name, record.type, record.value)

    def _withdraw(self, record: Wanted) -> None:
        """What stood there of the same kind goes, the doubled name too."""
        kind = record.value.split(";")[0].split(" ")[0]
        for known in self.world.records:
            same = known.name == record.name and known.value.startswith(kind) and known.value != record.value
            doubled = known.name != record.name and known.name.startswith(f"{record.name}.")
            if known.type == record.type and (same or doubled) and known.until is None:
                known.until = self.world.now()

    def _reverse(self, address: str, hostname: str) -> None:
        after = PTR_AFTER[4 if address == IPV4 else 6]
        if self._age((address, "ptr")) >= timedelta(seconds=after):
            self.world.publish(reverse_name(address), "PTR", hostname)
