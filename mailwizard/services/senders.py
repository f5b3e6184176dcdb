"""The accounts that send mail: each sender of the answers has one, and chasquid can read it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts, nothing
from mailwizard.change import Change
from mailwizard.changes.files import write_file
from mailwizard.errors import FileMissing, FileUnreadable, HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import FileStat, Host, text_of
from mailwizard.mta.accounts import AddSender
from mailwizard.mta.prototext import BrokenFile
from mailwizard.mta.users import Account
from mailwizard.mta.users_file import GROUP, MODE, OWNER, accounts_of, path_of
from mailwizard.secret import Secret

TITLE = "Account"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another


@dataclass(frozen=True)
class UsersFile:
    """What is known of a domain's users file; `error` is why nothing is."""

    domain: str
    accounts: Mapping[str, Account]
    stat: FileStat | None = None
    error: HostError | None = None

    @property
    def standing(self) -> str:
        """Owner, group and mode in words; empty when they are as they should be or there is no file."""
        if self.stat is None or (self.stat.mode, self.stat.owner, self.stat.group) == (MODE, OWNER, GROUP):
            return ""
        return f"{self.stat.owner}:{self.stat.group} {self.stat.mode:04o}"


class Senders(ByDomain):
    """The step that makes accounts. `passwords` by address; who has none there gets a generated one."""

    name = "senders"
    title = "Senders"
    needs: tuple[str, ...] = ("chasquid.service",)

    def __init__(self, passwords: Mapping[str, Secret]) -> None:
        self._passwords = passwords
        self._proposed: dict[str, Secret] = {}
        self.generated: dict[str, Secret] = {}  # of the accounts that were made; to be shown once

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """senders.account for each sender of a domain, and for each account that is not among the answers."""

        async def domain(one: Domain) -> list[Finding]:
            file = await users_file(host, one.name)
            return judge(one, file, await asyncio.to_thread(self._right, one, file) if self._passwords else {})

        return Parts(nothing, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """The accounts that are missing, and the file made readable for chasquid and nobody else."""
        changes: list[Change] = []
        for domain in answers.domains:
            file = await users_file(host, domain.name)
            if file.error is None:
                changes += await _readable(host, file)
                changes += [self._new(f"{user}@{domain.name}") for user in missing(domain, file)]
        return changes

    def _right(self, domain: Domain, file: UsersFile) -> dict[str, bool | None]:
        """Whether each given password is the account's; None when that cannot be told here."""
        return {
            user: account.matches(self._passwords[f"{user}@{domain.name}"])
            for user, account in file.accounts.items()
            if f"{user}@{domain.name}" in self._passwords
        }

    def _new(self, address: str) -> Change:
        if address in self._passwords:
            return AddSender(address, self._passwords[address], "with the password given")
        password = self._proposed.setdefault(address, generated_password())
        return AddSender(address, password, "with a new password, shown at the end", self.generated.__setitem__)


def generated_password() -> Secret:
    """Five groups of five letters and digits: 125 bits, and no character that is taken for another."""
    return Secret("-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(5)))


async def users_file(host: Host, domain: str) -> UsersFile:
    """What stands in a domain's users file, or why that cannot be told. Only reads."""
    try:
        accounts, stat = await asyncio.gather(accounts_of(host, domain), host.stat(path_of(domain)))
    except (FileUnreadable, BrokenFile) as error:
        return UsersFile(domain, {}, error=error)
    return UsersFile(domain, accounts, stat)


def missing(domain: Domain, file: UsersFile) -> list[str]:
    """The senders without an account that can log in."""
    return [user for user in domain.senders if user not in file.accounts or not file.accounts[user].may_send]


def judge(domain: Domain, file: UsersFile, right: Mapping[str, bool | None]) -> list[Finding]:
    """A finding for each sender and each further account. `right`: whether a given password is the account's."""
    basic = Finding(
        "senders.account", Status.OK, TITLE, expected="an account with a password", source=path_of(domain.name)
    )
    senders = [_sender(replace(basic, subject=f"{user}@{domain.name}"), user, file, right) for user in domain.senders]
    others = [
        _other(replace(basic, subject=f"{user}@{domain.name}"))
        for user, account in sorted(file.accounts.items())
        if account.may_send and user not in domain.senders
    ]
    return senders + others


def _sender(basic: Finding, user: str, file: UsersFile, right: Mapping[str, bool | None]) -> Finding:
    if isinstance(file.error, BrokenFile):
        fix = f"Put a good copy of {basic.source} in its place; your backup has one."
        return replace(basic, status=Status.FAILED, found=(str(file.error),), cause="broken_file", fix=fix)
    if file.error is not None:
        return replace(basic, status=Status.UNKNOWN, found=(str(file.error),))
    account = file.accounts.get(user)
    if account is None:
        return replace(basic, status=Status.FAILED, found=("no account",), cause="missing")
    if not account.may_send:
        return replace(basic, status=Status.FAILED, found=("an account that only receives",), cause="receive_only")
    if file.standing:
        expected = f"{OWNER}:{GROUP} {MODE:04o}"
        return replace(basic, status=Status.FAILED, expected=expected, found=(file.standing,), cause="not_readable")
    if right.get(user) is False:
        fix = f"Give it this password: `mailwizard sender add {basic.subject}`."
        found = ("an account with another password than the one given",)
        return replace(basic, status=Status.WARNING, found=found, cause="other_password", fix=fix)
    proved = ", which is the one given" if right.get(user) else ""
    return replace(basic, found=(f"an account with a password ({account.scheme}){proved}",))


def _other(basic: Finding) -> Finding:
    return replace(
        basic,
        status=Status.WARNING,
        expected="only the senders of your answers",
        found=("an account that can send, and is not among your answers",),
        cause="not_in_answers",
        fix=f"Remove it with `mailwizard sender remove {basic.subject}`, or add it to `senders` in your answers.",
    )


async def _readable(host: Host, file: UsersFile) -> list[Change]:
    if not file.standing:
        return []
    path = path_of(file.domain)
    try:
        content = await text_of(host, path)
    except FileMissing:
        return []  # gone since it was looked at: there is nothing to be made readable
    return await write_file(
        host, path, content, mode=MODE, owner=OWNER, group=GROUP, secret=True, note="readable for chasquid"
    )
