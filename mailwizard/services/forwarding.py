"""Forwarding: each domain's aliases file, with a line for every sender, as chasquid has nowhere else to put mail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts, nothing
from mailwizard.change import Change
from mailwizard.debian.packages import numbers
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.best_answer import best_answer
from mailwizard.dns.dns import Dns
from mailwizard.errors import FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import FileStat, Host
from mailwizard.mta.aliases import Target, endless, lookup, merged, parse_aliases
from mailwizard.mta.aliases_file import aliases_text, path_of, place
from mailwizard.mta.install import chasquid_version
from mailwizard.mta.passing_on import VIA, Wish, wish
from mailwizard.mta.prototext import BrokenFile
from mailwizard.mta.users_file import GROUP, MODE, OWNER
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
        return merged(self.text, self.wish.lines, NOTE)

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
        """forwarding.aliases for each domain."""
        version = await _version(host, answers)

        async def domain(one: Domain) -> list[Finding]:
            return [judge(await self._one(host, answers, one, version))]

        return Parts(nothing, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Each aliases file that is not as it should be; none that chasquid could not read afterwards."""
        changes: list[Change] = []
        version = await _version(host, answers)
        for seen in await asyncio.gather(*(self._one(host, answers, domain, version) for domain in answers.domains)):
            if seen.error is None and seen.after and not seen.uncertain and not _fault(seen):
                changes += await place(host, seen.domain.name, seen.after)
        return changes

    async def _one(self, host: Host, answers: Answers, domain: Domain, version: tuple[int, ...]) -> Seen:
        mx = await best_answer(self._dns, domain.name, "MX")
        wanted = wish(domain, elsewhere(mx, answers.server.hostname), version)
        try:
            text, stat = await asyncio.gather(aliases_text(host, domain.name), host.stat(path_of(domain.name)))
        except FileUnreadable as error:
            return Seen(domain, mx, wanted, error=error)
        return Seen(domain, mx, wanted, text, stat)


async def _version(host: Host, answers: Answers) -> tuple[int, ...]:
    """chasquid's; the one that is not there yet will be new enough."""
    return numbers(await chasquid_version(host, answers.server)) or VIA


def elsewhere(mx: Answer, hostname: str) -> tuple[str, ...]:
    """The hosts of the MX records that are not this server, best first; a null MX (RFC 7505) names none."""
    records = sorted((int(order), name) for order, _, name in (value.partition(" ") for value in mx.values))
    return tuple(name for _, name in records if name.strip(".") and name != hostname.lower())


def judge(seen: Seen) -> Finding:
    """The finding about one domain."""
    name = seen.domain.name
    basic = Finding("forwarding.aliases", Status.OK, "Forwarding", subject=name, source=path_of(name))
    basic = replace(basic, expected="; ".join(f"{left}: {', '.join(right)}" for left, right in seen.wish.lines.items()))
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
    if seen.after != seen.text and seen.wish.lines:
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
