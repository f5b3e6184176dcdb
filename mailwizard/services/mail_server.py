"""chasquid: a version without known holes, configured, hardened, running, and open to nobody as a relay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.mta import plan as mta_plan
from mailwizard.mta import units
from mailwizard.mta.dkim_judge import look_at_key
from mailwizard.mta.log_errors import NO_LOG, look_at_log
from mailwizard.mta.look import look_at_program
from mailwizard.mta.outside import seen_from_outside
from mailwizard.mta.ports import PORTS, Answered, ask_port, judge_port
from mailwizard.mta.queue_length import NO_QUEUE, look_at_queue
from mailwizard.mta.relay import ask_to_relay, judge_relay

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns


class MailServer(ByDomain):
    """Step `mail_server`."""

    name = "mail_server"
    title = "Mail server"
    # half of IPv6 is worse than none: mail goes out over it first, and is refused
    needs: tuple[str, ...] = (
        *("os.release", "os.root", "os.systemd", "os.ports_free", "os.smtp_out_ipv4", "certificate.present"),
        *("ipv6.address", "ipv6.outside", "os.smtp_out_ipv6"),
    )

    def __init__(self, dns: Dns) -> None:
        """`dns` is asked for a name that no DKIM key had yet."""
        self._dns = dns

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """chasquid itself, its ports, its relaying, its queue and log; of each domain its DKIM key."""

        async def domain(one: Domain) -> list[Finding]:
            return [await look_at_key(host, one)]

        return Parts(lambda: self._server(host, answers), domain)

    async def _server(self, host: Host, answers: Answers) -> list[Finding]:
        hostname, names = answers.server.hostname, [domain.name for domain in answers.domains]
        state, ports = await asyncio.gather(
            units.running(host), asyncio.gather(*(ask_port(host, port, hostname) for port in PORTS))
        )
        program, relay, traces = await asyncio.gather(
            look_at_program(host, answers, state, ports[0].banner),
            _relay(host, ports[0]),
            _traces(host, state, names),
        )
        outside = (seen_from_outside(host, answers, port.port, judge_port(port)) for port in ports)
        return [*program, *await asyncio.gather(*outside), relay, *traces]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What installs, configures and starts chasquid, and makes the DKIM keys."""
        return await mta_plan.changes(host, self._dns, answers, date.today())


async def _traces(host: Host, state: units.Running | None, domains: Sequence[str]) -> list[Finding]:
    """Its queue and its log. Where there is no chasquid, that nothing waits and nothing was logged is no good sign."""
    if state is not None and not state.loaded:
        return [NO_QUEUE, NO_LOG]
    return [await look_at_queue(host), await look_at_log(host, domains)]


async def _relay(host: Host, port: Answered) -> Finding:
    """Nothing is asked where nothing answers: that port 25 is silent is a finding of its own."""
    if port.banner:
        return judge_relay(await ask_to_relay(host))
    return Finding("chasquid.relay", Status.SKIPPED, "No open relay", found=("nothing answers on port 25",))
