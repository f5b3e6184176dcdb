"""The change that makes a backup: the work tree is written, looked through for secrets, committed and pushed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.saving import joining, tree
from mailwizard.saving.archive import digest_of, sealed
from mailwizard.saving.git import Git
from mailwizard.saving.inventory import Inventory, inventory
from mailwizard.saving.leaks import refuse_leaks, said_openly
from mailwizard.saving.manifest import Manifest
from mailwizard.saving.places import ARCHIVE, BRANCH, TREE
from mailwizard.saving.public import refuse_public, why_history, why_public
from mailwizard.saving.record import Record, now, read_record, write_record
from mailwizard.saving.remote import parse_remote
from mailwizard.saving.timer import script_files


@dataclass(frozen=True)
class SaveBackup:
    """One backup. `on_top`: a commit that somebody else pushed is kept, and this backup comes after it."""

    kind: ClassVar[str] = "save_backup"
    answers: Answers
    difference: tree.Difference
    on_top: bool = False

    @property
    def title(self) -> str:
        """`Back up to git@github.com:me/conf.git`."""
        return f"Back up to {self.answers.backup.remote}"

    @property
    def detail(self) -> str:
        """How many files changed, and what becomes of secrets."""
        words = {"exclude": "without secrets", "age": "secrets encrypted", "plain": "SECRETS IN THE OPEN"}
        count = len(self.difference.lines)
        return f"{count} file{'' if count == 1 else 's'} differ, {words[self.answers.backup.secrets]}"

    async def diff(self, host: Host) -> str:
        """The files that differ since the last backup. Only reads."""
        return "".join(f"{line}\n" for line in self.difference.lines)

    async def perform(self, host: Host, report: Report) -> None:
        """Makes it. Raises Leak, GitFailed or HostError with a sentence; what was there before stays in each case."""
        try:
            await write_record(host, await self._saved(host, await self._record(host), report))
        except HostError as error:
            await write_record(host, (await self._record(host)).after_failure(str(error)))
            raise

    async def _record(self, host: Host) -> Record:
        """What is known of this repository."""
        backup, record = self.answers.backup, await read_record(host)
        known = record if record.remote == backup.remote else Record()
        return replace(known, remote=backup.remote, mode=backup.secrets)

    async def _saved(self, host: Host, record: Record, report: Report) -> Record:
        remote, secrets = parse_remote(self.answers.backup.remote), self.answers.backup.secrets
        if secrets != "exclude":
            await refuse_public(host, remote, why_public(remote))
        await host.make_dir(TREE, mode=0o700)
        git = Git(host, TREE, remote)
        await git.begin()
        await joining.join(git, self.answers.server.hostname, known=record.commit, on_top=self.on_top)
        bared = await joining.bares_secrets(git)
        if bared:
            await refuse_public(host, remote, why_history(remote))
        record = await self._written(host, replace(record, bared="yes" if bared or secrets == "plain" else ""))
        commit = await self._committed(git, report)
        await git.must("push", "--quiet", "--porcelain", remote.text, f"HEAD:refs/heads/{BRANCH}")
        report(f"pushed {commit[:12]} to {remote.text}")
        return record.after_push(commit)

    async def _written(self, host: Host, record: Record) -> Record:
        """The record, once the work tree holds what is to be saved and no secret in the open."""
        found = await inventory(host, self.answers)
        read, found = await tree.contents(host, found)
        archive, record = await self._archive(host, found, read, record)
        kept = archive if archive is not None else await self._kept_archive(host)
        files = tree.in_the_open(found, self.answers.backup.secrets)
        digest = hashlib.sha256(kept).hexdigest() if kept is not None else ""
        manifest = Manifest(self.answers.server.hostname, self.answers.backup.secrets, digest, files)
        wanted = tree.wanted(manifest, read, archive, self.answers.backup.remote)
        if self.answers.backup.secrets != "plain":
            secret = {entry.path: read[entry.path] for entry in found.secret}
            opens = {name: content for name, content in wanted.items() if name != ARCHIVE}
            refuse_leaks(opens, secret, said_openly(self.answers))
        await write_record(host, self._begun(record, archive))
        await tree.write_tree(host, wanted, (ARCHIVE,) if kept is not None else ())
        await write_record(host, self._begun(record, None))
        await script_files(host, self.answers, found)
        return record

    def _begun(self, record: Record, archive: bytes | None) -> Record:
        """The record until it is pushed: the tree is ahead of the git host, and a new archive is not there yet."""
        begun = record.after_failure("A backup was begun and not finished. Run `mailwizard backup`.")
        return begun if archive is None else replace(begun, secrets="")

    async def _archive(
        self, host: Host, found: Inventory, read: Mapping[str, bytes], record: Record
    ) -> tuple[bytes | None, Record]:
        """A new encrypted archive when the secrets or the recipient changed; else None."""
        if self.answers.backup.secrets != "age":
            return None, replace(record, secrets="", archived="")
        recipient = self.answers.backup.age_recipient
        digest = f"{recipient} {digest_of(found.secret)}"
        if record.secrets == digest and await host.stat(f"{TREE}/{ARCHIVE}"):
            return None, record
        return sealed(found.secret, read, recipient), replace(record, secrets=digest, archived=now())

    async def _kept_archive(self, host: Host) -> bytes | None:
        return await host.read(f"{TREE}/{ARCHIVE}") if self.answers.backup.secrets == "age" else None

    async def _committed(self, git: Git, report: Report) -> str:
        """The commit that holds the tree."""
        await git.must("add", "--all", "--force", ".")
        if not (await git.run("diff", "--cached", "--quiet")).ok:
            server = self.answers.server.hostname or "mail server"
            await git.must("commit", "--quiet", "--no-verify", f"--message=Backup of {server}")
            report("committed")
        return await git.commit_of("HEAD")

    async def inverse(self, host: Host) -> Change | None:
        """None: what was pushed stays, and is harmless."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail}
