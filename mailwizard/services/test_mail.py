"""The test mail. It is sent by a command of its own (`mailwizard.mta.sending.send_test`), never by a set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts, nothing
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.inspecting.forecast import forecast
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
        """What receivers would say of a domain's mail sent now; what was refused is found by the step Mail server."""
        addresses, helo = (await own_addresses(host, answers)).all, answers.server.hostname

        async def domain(one: Domain) -> list[Finding]:
            return await forecast(self._dns.authoritative_lookup, host, one, addresses, helo)

        return Parts(nothing, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing."""
        return []
