"""The certificate: ordered through the DNS, laid where chasquid reads it, renewed by a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from mailwizard.acme import plan as acme_plan
from mailwizard.acme.caa import asked_names, is_asked, look_at_caa, not_asked
from mailwizard.acme.credentials import kept_credentials
from mailwizard.acme.install import why_impossible
from mailwizard.acme.judge import judge_renewal
from mailwizard.acme.look import good, look_at_files, read_files
from mailwizard.acme.renewal import renewal_state
from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.errors import FileUnreadable
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
            return await look_at_caa(self._dns.authoritative_lookup, answers, {one.name} & asked)

        return Parts(lambda: self._server(host, answers), domain)

    async def _server(self, host: Host, answers: Answers) -> list[Finding]:
        others = set(asked_names(answers)) - {domain.name for domain in answers.domains}
        files, renewal, caa = await asyncio.gather(
            read_files(host, answers.server.hostname),
            renewal_state(host),
            look_at_caa(self._dns.authoritative_lookup, answers, others),
        )
        now = datetime.now(timezone.utc)
        trouble = "" if good(files, answers, now) else await self._trouble(host, answers)
        found = await look_at_files(host, answers, files, trouble, now)
        caa = caa if is_asked(answers) else [not_asked(answers)]
        return [*found[:4], judge_renewal(renewal, answers.certificate.authority), *found[4:], *caa]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What installs acme.sh, orders the certificate, lays it down and renews it; nothing while something is in the
        way that only the user can move (a variable, a CAA record)."""
        now = datetime.now(timezone.utc)
        files = await read_files(host, answers.server.hostname)
        if not good(files, answers, now) and await self._blocked(host, answers):
            return []
        return await acme_plan.changes(host, answers, files, self._given, await self._kept(host) or {}, now)

    async def _blocked(self, host: Host, answers: Answers) -> bool:
        if await self._trouble(host, answers):
            return True
        caa = await look_at_caa(self._dns.authoritative_lookup, answers, asked_names(answers))
        return any(one.status is Status.FAILED for one in caa)

    async def _trouble(self, host: Host, answers: Answers) -> str:
        kept = self._given or await self._kept(host)
        return await why_impossible(host, answers, kept)

    async def _kept(self, host: Host) -> Mapping[str, Secret] | None:
        """The variables kept on the machine; None when this user may not see them."""
        try:
            return await kept_credentials(host)
        except FileUnreadable:
            return None
