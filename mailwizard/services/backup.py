"""Backup: what makes this server is pushed to a git repository, daily, and was proved to come back."""

from __future__ import annotations

from datetime import datetime, timezone

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.errors import FileUnreadable
from mailwizard.finding import Finding
from mailwizard.host.protocol import Host
from mailwizard.saving import judge
from mailwizard.saving.asking import ask, packages
from mailwizard.saving.deploy_key import MakeDeployKey, public_key
from mailwizard.saving.known_hosts import known_hosts_changes
from mailwizard.saving.remote import parse_remote
from mailwizard.saving.standing import Standing, standing
from mailwizard.saving.timer import timer_files, timer_started, timer_stopped


class Backup:
    """The step `backup`. `on_top`: what somebody else pushed is kept, and this server's backup comes after it."""

    name = "backup"
    title = "Backup"
    needs: tuple[str, ...] = ("os.root",)

    def __init__(self) -> None:
        self.on_top = False

    async def look(self, host: Host, answers: Answers) -> list[Finding]:
        """backup.repository and backup.fresh. The git host is asked only while no good push is known."""
        if not answers.backup.remote:
            return judge.not_chosen(answers)
        try:
            seen = await standing(host, answers)
            reply = None if seen.record.pushed_to(answers.backup.remote) else await ask(host, answers)
        except FileUnreadable as error:
            return judge.not_readable(answers, str(error))
        now = datetime.now(timezone.utc)
        return [judge.judge_repository(answers, seen.record, reply), judge.judge_fresh(answers, seen, now)]

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        """What is needed to reach the repository, then the timer and a backup when one is due, then a first drill."""
        try:
            if not answers.backup.remote:
                return await timer_stopped(host)
            return await self._prepared(host, answers) or await self._saved(host, answers)
        except FileUnreadable:
            return []  # an ordinary user: the finding says so

    async def _prepared(self, host: Host, answers: Answers) -> list[Change]:
        """Packages, the deploy key, the git host's key."""
        from mailwizard.changes.packages import install_packages

        installed = await install_packages(host, packages(answers), "for the backup")
        key: list[Change] = [] if await public_key(host) else [MakeDeployKey(answers.server.hostname)]
        known = await known_hosts_changes(host, parse_remote(answers.backup.remote))
        return [*installed, *key, *known]

    async def _saved(self, host: Host, answers: Answers) -> list[Change]:
        seen = await standing(host, answers)
        due = seen.is_due(answers)
        pushed = seen.record.pushed_to(answers.backup.remote)
        if not pushed and (await ask(host, answers)).cause:
            return []  # waits for the user: the finding says for what
        timer = await timer_files(host)
        saved = [self._backup(answers, seen)] if due or timer else []
        drilled = seen.record.drilled and seen.record.remote == answers.backup.remote
        drill = [] if drilled else [_drill(answers)]
        return [*timer, *saved, *drill, *await timer_started(host)]

    def _backup(self, answers: Answers, seen: Standing) -> Change:
        from mailwizard.saving.save import SaveBackup

        return SaveBackup(answers, seen.changed, self.on_top)


def _drill(answers: Answers) -> Change:
    from mailwizard.saving.drill import RestoreDrill

    return RestoreDrill(answers)
