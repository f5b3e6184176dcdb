"""Adding, checking, removing and listing the accounts that send mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.changes import fields
from mailwizard.changes.reading import register
from mailwizard.errors import FileMissing, HostError
from mailwizard.host.protocol import Host, Ran, Report
from mailwizard.mta.login import LoginRefused, log_in, log_in_within
from mailwizard.mta.users import Account
from mailwizard.mta.users_file import DOMAINS, accounts_of, change, path_of
from mailwizard.secret import Secret

_REREAD = 40  # seconds; chasquid reads its users anew every 30


def _ignore(address: str, password: Secret) -> None:
    """Nobody wants to know the password."""


@dataclass(frozen=True)
class AddSender:
    """An account with this password; one that exists gets the new password. `tell` hears of it once it stands."""

    kind: ClassVar[str] = "add_sender"
    address: str
    password: Secret
    note: str = ""
    tell: Callable[[str, Secret], None] = field(default=_ignore, compare=False, repr=False)

    @property
    def title(self) -> str:
        """`Account i@example.com`."""
        return f"Account {self.address}"

    @property
    def detail(self) -> str:
        """Where the password comes from."""
        return self.note

    async def diff(self, host: Host) -> str:
        """The command; the password is typed in and not shown. Only reads."""
        return f"chasquid-util user-add {self.address}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Adds it and logs in with it on port 465. Raises HostError with a sentence."""
        host.log.hide(self.password)
        user, domain = _split(self.address)
        others = {name: it for name, it in (await accounts_of(host, domain)).items() if name != user}
        typed = [("Password: ", self.password), ("Confirm password: ", self.password)]

        async def work(option: str) -> Ran:
            return await host.type_in(["chasquid-util", option, "user-add", self.address], typed)

        await change(host, domain, work, lambda now: _added(now, user, self.password, others))
        self.tell(self.address, self.password)
        report(f"added {self.address} to {path_of(domain)}")
        await self._prove(host)
        report(f"{self.address} logged in on port 465")

    async def _prove(self, host: Host) -> None:
        try:
            await log_in_within(host, self.address, self.password, _REREAD)
        except LoginRefused:
            raise
        except HostError as error:
            raise HostError(f"{self.address} has its account, but no login could be tried: {error}") from error

    async def inverse(self, host: Host) -> Change | None:
        """Removes it again; None for an account that exists, as its old password is kept nowhere."""
        user, domain = _split(self.address)
        return None if user in await accounts_of(host, domain) else RemoveSender(self.address)

    def as_json(self) -> dict[str, object]:
        """For the journal, without the password."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "address": self.address}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> AddSender:
        """Raises HostError: the password was not kept."""
        address = fields.text(kept, "address")
        raise HostError(f"The password of {address} was not kept. Add it again: `mailwizard sender add {address}`.")


@dataclass(frozen=True)
class RemoveSender:
    """The account taken away; one that is gone already is no error."""

    kind: ClassVar[str] = "remove_sender"
    address: str

    @property
    def title(self) -> str:
        """`Remove the account i@example.com`."""
        return f"Remove the account {self.address}"

    @property
    def detail(self) -> str:
        """Nothing special."""
        return ""

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"chasquid-util user-remove {self.address}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Removes it. Raises HostError with a sentence."""
        user, domain = _split(self.address)
        before = await accounts_of(host, domain)
        if user not in before:
            return
        others = {name: account for name, account in before.items() if name != user}

        async def work(option: str) -> Ran:
            return await host.run(["chasquid-util", option, "user-remove", self.address])

        await change(host, domain, work, lambda now: now == others)
        report(f"removed {self.address} from {path_of(domain)}")

    async def inverse(self, host: Host) -> Change | None:
        """None: the password is kept nowhere."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail, "address": self.address}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RemoveSender:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "address"))


async def check(host: Host, answers: Answers, address: str, password: Secret) -> None:
    """Returns when a login on port 465 succeeds. Raises LoginRefused, or HostError when none could be tried."""
    host.log.hide(password)
    await log_in(host, address, password)


async def removal(host: Host, address: str) -> RemoveSender:
    """What takes the account away. Raises HostError when there is no such account."""
    user, domain = _split(address)
    if user not in await accounts_of(host, domain):
        raise HostError(f"There is no account {address}: {path_of(domain)} does not have it.")
    return RemoveSender(address)


async def listed(host: Host, answers: Answers) -> list[str]:
    """The addresses that can log in and send, of every domain on the server. Raises FileUnreadable or BrokenFile."""
    try:
        domains = await host.list(DOMAINS)
    except FileMissing:
        return []
    found = await asyncio.gather(*(accounts_of(host, domain) for domain in domains))
    return [
        f"{user}@{domain}"
        for domain, accounts in zip(domains, found, strict=True)
        for user, account in sorted(accounts.items())
        if account.may_send
    ]


def _added(now: dict[str, Account], user: str, password: Secret, others: dict[str, Account]) -> bool:
    """True when `user` has the password and nobody else's account changed."""
    rest = {name: account for name, account in now.items() if name != user}
    return user in now and now[user].matches(password) is True and rest == others


def _split(address: str) -> tuple[str, str]:
    user, _, domain = address.lower().rpartition("@")
    if not user or not domain:
        raise HostError(f"{address} is not an address: write it as user@domain.")
    return user, domain


register(AddSender.kind, AddSender.from_json)
register(RemoveSender.kind, RemoveSender.from_json)
