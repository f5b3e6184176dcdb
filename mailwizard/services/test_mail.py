"""The test mail. It is sent by a command of its own (`mailwizard.mta.sending.send_test`), never by a set-up."""

from __future__ import annotations

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host


class TestMail:
    """The last step: nothing is left to be set up, and sending is the user's decision."""

    __test__ = False  # for pytest: this is no test
    name = "test_mail"
    title = "Test mail"
    needs: tuple[str, ...] = ("chasquid.service",)

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """Nothing of its own: what waits and what was refused is found by the mail server's step."""
        return []

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """Nothing."""
        return []
