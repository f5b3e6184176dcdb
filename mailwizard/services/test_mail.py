"""The test mail. It is sent by a command of its own (`mailwizard.mta.sending.send_test`), never by a set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.inspecting.forecast import forecast
from mailwizard.mta.taken_mail import judge_taken, taken_mail
from mailwizard.network.own_addresses import own_addresses

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns


class TestMail(ByDomain):
    """The last step: nothing is left to be set up, and sending is the user's decision."""

    __test__ = False  # for pytest: this is no test
    name = "test_mail"
    title = "Test mail"
    needs: tuple[str, ...] = ("chasquid.service",)

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def parts(self, host: Host, answers: Answers) -> Parts:
        """What receivers would say of a domain's mail sent now, and whether one took any; what was refused is found by
        the step Mail server."""
        names, helo = [domain.name for domain in answers.domains], answers.server.hostname
        addresses = (await own_addresses(host, answers)).all

        async def server() -> list[Finding]:
            return [judge_taken(answers.domains, await taken_mail(host, names))] if names else []

        async def domain(one: Domain) -> list[Finding]:
            return await forecast(self._dns.authoritative_lookup, host, one, addresses, helo)

        return Parts(server, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing."""
        return []
