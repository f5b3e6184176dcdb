"""The certificate: ordered through the DNS, laid where chasquid reads it, renewed by a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from mailwizard.acme import plan as acme_plan
from mailwizard.acme.caa import asked_names, is_asked, look_at_caa, not_asked
from mailwizard.acme.credentials import Kept, kept_credentials
from mailwizard.acme.install import why_impossible, why_lacking
from mailwizard.acme.judge import judge_renewal
from mailwizard.acme.look import good, look_at_files, read_files
from mailwizard.acme.plugins import plugins
from mailwizard.acme.renewal import renewal_state
from mailwizard.answers import CREDENTIALS_PATH, Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.dns.answer import Answer
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.secret import Secret

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns


class Certificate(ByDomain):
    """Step `certificate`."""

    name = "certificate"
    title = "Certificate"
    needs: tuple[str, ...] = ("os.release", "os.root", "os.systemd", "os.smtp_out_ipv4", "dns.delegation")

    def __init__(self, dns: Dns, credentials: Mapping[str, Secret]) -> None:
        """`credentials`: the DNS plugin's variables as given for this run; empty: those kept on the machine."""
        self._dns = dns
        self._given = credentials

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """The certificate's files, its renewal, what the ports present; of each domain its CAA records."""
        asked = set(asked_names(answers))

        async def domain(one: Domain) -> list[Finding]:
            return await look_at_caa(self._caa, answers, {one.name} & asked)

        return Parts(lambda: self._server(host, answers), domain)

    async def _server(self, host: Host, answers: Answers) -> list[Finding]:
        others = set(asked_names(answers)) - {domain.name for domain in answers.domains}
        files, renewal, kept, caa = await asyncio.gather(
            read_files(host, answers.server.hostname),
            renewal_state(host),
            kept_credentials(host),
            look_at_caa(self._caa, answers, others),
        )
        now = datetime.now(timezone.utc)
        trouble = "" if good(files, answers, now) else await self._trouble(host, answers, kept)
        found = await look_at_files(host, answers, files, trouble, now)
        caa = caa if is_asked(answers) else [not_asked(answers)]
        unusable = "" if trouble else unreadable(kept) or self._half_given(answers)
        renews = judge_renewal(renewal, answers.certificate.authority, unusable)
        return [*found[:4], renews, *found[4:], *caa]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What installs acme.sh, orders the certificate, lays it down and renews it; nothing while something is in the
        way that only the user can move (a variable, a CAA record)."""
        now = datetime.now(timezone.utc)
        files, kept = await asyncio.gather(read_files(host, answers.server.hostname), kept_credentials(host))
        if not good(files, answers, now) and await self._blocked(host, answers, kept):
            return []
        given = {} if self._half_given(answers) else self._given
        variables = given or kept.variables or {}
        return await acme_plan.changes(host, answers, files, variables, now, self._dns.authoritative_now)

    def _half_given(self, answers: Answers) -> str:
        """Why the variables of this run would not do; those that are kept are then not written over. Empty when they do
        or none are given."""
        return why_lacking(plugins().get(answers.certificate.dns_plugin), self._given or None)

    async def _caa(self, name: str, type: str) -> list[Answer]:
        """What every server says; of a top-level domain, which one registry serves from dozens of addresses, one."""
        if "." in name:
            return await self._dns.authoritative(name, type)
        return [await self._dns.authoritative_lookup(name, type)]

    async def _blocked(self, host: Host, answers: Answers, kept: Kept) -> bool:
        if await self._trouble(host, answers, kept):
            return True
        caa = await look_at_caa(self._caa, answers, asked_names(answers))
        return any(one.status is Status.FAILED for one in caa)

    async def _trouble(self, host: Host, answers: Answers, kept: Kept) -> str:
        if kept.fault and not self._given:
            return unreadable(kept)
        return await why_impossible(host, answers, self._given or kept.variables)


def unreadable(kept: Kept) -> str:
    """Why the variables that are kept cannot be read, ending with what to do; empty when nothing is wrong."""
    if not kept.fault:
        return ""
    return f"{kept.fault}. Put {CREDENTIALS_PATH} right, or give the variables anew (`apply --credentials FILE`)."
