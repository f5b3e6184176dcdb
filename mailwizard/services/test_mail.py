"""The test mail. It is sent by a command of its own (`mailwizard.mta.sending.send_test`), never by a set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.inspecting.forecast import forecast

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns


class TestMail:
    """The last step: nothing is left to be set up, and sending is the user's decision."""

    __test__ = False  # for pytest: this is no test
    name = "test_mail"
    title = "Test mail"
    needs: tuple[str, ...] = ("chasquid.service",)

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """What receivers would say of a mail sent now; what was refused is found by the mail server's step."""
        return await forecast(self._dns, host, answers)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing."""
        return []
