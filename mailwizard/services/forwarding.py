"""Forwarding: each domain's aliases file, with a line for every sender, as chasquid has nowhere else to put mail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts, nothing
from mailwizard.change import Change
from mailwizard.debian.packages import numbers
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.dns import Dns
from mailwizard.errors import FileUnreadable, HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import FileStat, Host
from mailwizard.mta.aliases import Aliases, Target, endless, lookup, merged, parse_aliases
from mailwizard.mta.aliases_file import aliases_text, path_of, place
from mailwizard.mta.inbound import Mail, inbound
from mailwizard.mta.install import chasquid_version
from mailwizard.mta.journal_reader import recent_mail_log
from mailwizard.mta.passing_on import VIA, Wish, wish, with_roles
from mailwizard.mta.prototext import BrokenFile
from mailwizard.mta.reports import Fate, judge_reports, taken_elsewhere, taken_here
from mailwizard.mta.roles import ROLES, follows, local_parts, report_addresses, roles_here
from mailwizard.mta.seen_arriving import judge_seen, not_seen
from mailwizard.mta.users_file import GROUP, MODE, OWNER, accounts_of
from mailwizard.network.own_addresses import own_addresses
from mailwizard.publishing.promises import Promises, promises
from mailwizard.text import listed, one_line

NOTE = "These lines were written by mailwizard from its answers; lines of your own may stand beside them."
_RISK = (
    "With *, spam to any address of the domain is passed on in your server's name, and a receiver may hold that "
    "against you."
)


@dataclass(frozen=True)
class Seen:
    """What is known of a domain's forwarding: its MX answer, the file, and what the file is to become."""

    domain: Domain
    mx: Answer
    wish: Wish
    promises: Promises = field(default_factory=Promises)
    text: str = ""
    stat: FileStat | None = None
    error: FileUnreadable | None = None

    @property
    def uncertain(self) -> bool:
        """True when it cannot be told who receives for the domain, and that decides about its lines."""
        return not self.domain.receive and self.mx.outcome is Outcome.UNKNOWN

    @property
    def after(self) -> str:
        """The file as it is to be; the user's own lines stay."""
        return merged(self.text, self.wanted, NOTE)

    @property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """The lines that the file must have."""
        return {**self.wish.lines, **self.wish.missing_roles(self.text)}

    @property
    def note(self) -> str:
        """Which lines nobody asked for are among those that come, and where they lead."""
        roles = self.wish.missing_roles(self.text)
        targets = next(iter(roles.values()), ())
        return f"mail to {listed(list(roles))} goes to {listed(targets)}, as {self.wish.like}" if roles else ""

    @property
    def standing(self) -> str:
        """Owner and mode in words when they are not as they should be."""
        if self.stat is None or (self.stat.mode, self.stat.owner, self.stat.group) == (MODE, OWNER, GROUP):
            return ""
        return f"{self.stat.owner}:{self.stat.group} {self.stat.mode:04o}"


class Forwarding(ByDomain):
    """The step that says where mail for the domains goes."""

    name = "forwarding"
    title = "Forwarding"
    needs: tuple[str, ...] = ("chasquid.service",)

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """forwarding.aliases, forwarding.reports and forwarding.seen of each domain."""
        run = _Run(host, answers, await _version(host, answers), roles_here(answers))
        mails = await _from_outside(host, answers)

        async def domain(one: Domain) -> list[Finding]:
            seen = await self._one(run, one)
            return [judge(seen), await self._reports(run, seen), _seen(seen, mails)]

        return Parts(nothing, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Each aliases file that is not as it should be; none that chasquid could not read afterwards."""
        changes: list[Change] = []
        run = _Run(host, answers, await _version(host, answers), roles_here(answers))
        for seen in await asyncio.gather(*(self._one(run, domain) for domain in answers.domains)):
            if seen.error is None and seen.after and not seen.uncertain and not _fault(seen):
                changes += await place(host, seen.domain.name, seen.after, seen.note)
        return changes

    async def _one(self, run: _Run, domain: Domain) -> Seen:
        mx, promised = await asyncio.gather(best_answer(self._dns, domain.name, "MX"), promises(self._dns, domain.name))
        basic = Seen(domain, mx, run.wish(domain, mx, promised), promised)
        try:
            text, stat = await asyncio.gather(aliases_text(run.host, domain.name), run.host.stat(path_of(domain.name)))
        except FileUnreadable as error:
            return replace(basic, error=error)
        return replace(basic, text=text, stat=stat)

    async def _reports(self, run: _Run, seen: Seen) -> Finding:
        name = seen.domain.name
        answered = dict.fromkeys(report_addresses(seen.domain), "your answers")
        promised = {**answered, **seen.promises.addresses}
        own = {f"{role}@{name}": "" for role in ROLES}
        fates = await asyncio.gather(*(self._fate(run, seen, address) for address in {**own, **promised}))
        told = [replace(fate, by=promised.get(fate.address, "")) for fate in fates]
        return judge_reports(name, path_of(name), told, seen.promises.unknown)

    async def _fate(self, run: _Run, seen: Seen, address: str) -> Fate:
        """What becomes of mail to an address of this domain, of another one of ours, or of somebody else's."""
        where = address.rpartition("@")[2]
        if where != seen.domain.name:
            other = next((domain for domain in run.answers.domains if domain.name == where), None)
            if other is None:
                return taken_elsewhere(address, await self._dns.resolve(where, "MX"))
            seen = await self._one(run, other)
        if not (seen.domain.receive or _hosts(seen.mx) == [run.hostname.lower()]):
            return taken_elsewhere(address, seen.mx)
        try:
            if seen.error:
                raise seen.error
            users = await accounts_of(run.host, where)
            return taken_here(address, seen.text, seen.after, tuple(users))
        except Unreachable:
            raise
        except HostError as error:
            return Fate(address, Status.UNKNOWN, str(error))


@dataclass(frozen=True)
class _Run:
    """What one look or plan knows of the server: chasquid's version, and which local parts must arrive by domain."""

    host: Host
    answers: Answers
    version: tuple[int, ...]
    roles: Mapping[str, tuple[str, ...]]

    @property
    def hostname(self) -> str:
        return self.answers.server.hostname

    def wish(self, domain: Domain, mx: Answer, promised: Promises) -> Wish:
        """The lines of one domain; one that does not receive here gets none for reports."""
        wanted = wish(domain, elsewhere(mx, self.hostname), self.version)
        if not domain.receive:
            return wanted
        here = local_parts(promised.addresses, domain.name)
        email, ours = self.answers.certificate.email, self.roles.keys()
        return with_roles(wanted, dict.fromkeys((*self.roles[domain.name], *here)), follows(domain, email, ours))


async def _from_outside(host: Host, answers: Answers) -> list[Mail] | HostError:
    """The newest mails from outside in chasquid's log, or why it could not be read. Raises Unreachable."""
    receiving = [domain.name for domain in answers.domains if domain.receive]
    if not receiving:
        return []
    try:
        own, lines = await asyncio.gather(own_addresses(host, answers), recent_mail_log(host))
    except Unreachable:
        raise
    except HostError as error:
        return error
    return inbound(lines, own.all, receiving)


def _seen(seen: Seen, mails: list[Mail] | HostError) -> Finding:
    if isinstance(mails, HostError):
        return not_seen(seen.domain.name, str(mails))
    return judge_seen(seen.domain, mails, _read(seen))


def _read(seen: Seen) -> Aliases:
    """The aliases in force; none where the file cannot be read, as another finding tells."""
    try:
        return parse_aliases(seen.text, seen.domain.name)
    except BrokenFile:
        return {}


async def _version(host: Host, answers: Answers) -> tuple[int, ...]:
    """chasquid's; the one that is not there yet will be new enough."""
    return numbers(await chasquid_version(host, answers.server)) or VIA


def elsewhere(mx: Answer, hostname: str) -> tuple[str, ...]:
    """The hosts of the MX records that are not this server, best first; a null MX (RFC 7505) names none."""
    return tuple(name for name in _hosts(mx) if name != hostname.lower())


def _hosts(mx: Answer) -> list[str]:
    records = sorted((int(order), name) for order, _, name in (value.partition(" ") for value in mx.values))
    return [name for _, name in records if name.strip(".")]


def judge(seen: Seen) -> Finding:
    """The finding about one domain."""
    name = seen.domain.name
    basic = Finding("forwarding.aliases", Status.OK, "Forwarding", subject=name, source=path_of(name))
    basic = replace(basic, expected="; ".join(f"{left}: {', '.join(right)}" for left, right in seen.wanted.items()))
    if seen.error is not None:
        return replace(basic, status=Status.UNKNOWN, found=(str(seen.error),))
    if seen.uncertain:
        found = (f"Whether {name} has an MX record cannot be told: {seen.mx.why}",)
        return replace(basic, status=Status.UNKNOWN, found=found)
    if fault := _fault(seen):
        where = f"{path_of(name)}, or `forward` in your answers"
        why = "delivers none of it" if "circle" in fault else "stops when it reads such a file"
        fix = f"{one_line(fault)}: mend it in {where}. chasquid {why}."
        return replace(basic, status=Status.FAILED, found=(fault,), cause="broken_line", fix=fix)
    if seen.after != seen.text and seen.wanted:
        return replace(basic, status=Status.FAILED, found=_lines(seen), cause="other_value" if seen.text else "missing")
    if seen.standing:
        expected = f"{OWNER}:{GROUP} {MODE:04o}"
        return replace(basic, status=Status.FAILED, expected=expected, found=(seen.standing,), cause="not_readable")
    return _settled(replace(basic, found=_lines(seen)), seen)


def _settled(basic: Finding, seen: Seen) -> Finding:
    """The file says what it should; is that enough?"""
    name = seen.domain.name
    if seen.wish.why == "too_old":
        return replace(
            basic,
            status=Status.WARNING,
            cause="too_old",
            found=("mail from your own senders to addresses of this domain bounces: this chasquid cannot pass it on",),
            fix='Take a chasquid of version 1.16 or later: `chasquid = "auto"` in your answers.',
        )
    if seen.wish.why == "passed_on":
        where = listed(elsewhere(seen.mx, ""))
        return replace(basic, status=Status.SKIPPED, found=(f"not chosen: mail is received by {where}", *basic.found))
    homeless = _homeless(seen)
    if homeless:
        return replace(
            basic,
            status=Status.WARNING,
            cause="sender_without_line",
            found=(*basic.found, f"mail to {listed(homeless)} bounces: no line says where it goes"),
            fix=f"Say where it goes, under `forward` of {name} in your answers, or let another server receive it (MX).",
        )
    risk = (_RISK,) if "*" in seen.wish.lines else ()
    return replace(basic, found=(*basic.found, *risk))


def _homeless(seen: Seen) -> list[str]:
    aliases = parse_aliases(seen.text, seen.domain.name)
    return [f"{sender}@{seen.domain.name}" for sender in seen.wish.homeless if not lookup(aliases, sender)]


def _fault(seen: Seen) -> str:
    """Why chasquid could not work with the file as it is to be; empty when it can."""
    try:
        aliases = parse_aliases(seen.after, seen.domain.name)
    except BrokenFile as error:
        return str(error)
    circles = endless(aliases, seen.domain.name, seen.domain.senders)
    who = listed(["everybody who has no line (*)" if name == "*" else name for name in circles])
    return f"mail for {who} leads round in a circle" if circles else ""


def _lines(seen: Seen) -> tuple[str, ...]:
    """Every line in force, the user's own ones too."""
    try:
        aliases = parse_aliases(seen.text, seen.domain.name)
    except BrokenFile as error:  # the line at fault is one that will be replaced
        return (str(error),)
    return tuple(f"{name}: {_shown(targets)}" for name, targets in aliases.items()) or ("no lines",)


def _shown(targets: tuple[Target, ...]) -> str:
    return one_line(", ".join(map(str, targets)))
