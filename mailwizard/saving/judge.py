"""Facts about the backup in, findings out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mailwizard.answers import Answers
from mailwizard.finding import Finding, Status
from mailwizard.saving.asking import Reply
from mailwizard.saving.places import TREE
from mailwizard.saving.record import Record, moment
from mailwizard.saving.standing import Standing

_OLDEST = timedelta(days=3)  # the timer runs daily
_SHOWN = 8  # changed files that are named


def repository(answers: Answers) -> Finding:
    """The finding before anything is known."""
    return Finding(
        "backup.repository",
        Status.OK,
        "Backup repository",
        expected="a repository that takes this server's backup",
        source=answers.backup.remote,
    )


def fresh(answers: Answers) -> Finding:
    """The other one."""
    return Finding("backup.fresh", Status.OK, "Backup up to date", expected="nothing changed since", source=TREE)


def not_chosen(answers: Answers) -> list[Finding]:
    """Without a remote."""
    found = ("not chosen: your answers name no git repository",)
    return [
        replace(one, status=Status.SKIPPED, found=found, source="") for one in (repository(answers), fresh(answers))
    ]


def not_readable(answers: Answers, why: str) -> list[Finding]:
    """For an ordinary user."""
    return [replace(one, status=Status.UNKNOWN, found=(why,)) for one in (repository(answers), fresh(answers))]


def judge_repository(answers: Answers, record: Record, reply: Reply | None) -> Finding:
    """`reply` is None when the last push went well: then that is what is known, and when."""
    basic = repository(answers)
    if reply is None:
        return _pushed(answers, basic, record)
    if reply.cause == "unreachable":
        return replace(basic, status=Status.UNKNOWN, cause=reply.cause, found=(reply.found,), fix=reply.fix)
    if reply.cause:
        return replace(basic, status=Status.FAILED, cause=reply.cause, found=(reply.found,), fix=reply.fix)
    if record.failed and record.remote == answers.backup.remote:
        return replace(basic, status=Status.FAILED, cause="not_pushed", found=(f"at {record.failed}",), fix=record.why)
    found = ("it can be reached and takes the deploy key; no backup was pushed yet", *_words(reply.warning))
    return replace(basic, status=Status.FAILED, cause="missing", found=found)


def _pushed(answers: Answers, basic: Finding, record: Record) -> Finding:
    drill = f"restore drill of {record.drilled}: {record.drill}" if record.drilled else ""
    basic = replace(basic, found=(f"pushed at {record.pushed}, commit {record.commit[:12]}", *_words(drill)))
    if answers.backup.secrets != "plain":
        return _bared(basic) if record.bared else basic
    found = (*basic.found, "private keys, users and credentials lie there unencrypted")
    fix = 'Encrypt them: secrets = "age" in your answers. What was pushed stays in the history: begin a new repository.'
    return replace(basic, status=Status.WARNING, cause="secrets_in_the_open", found=found, fix=fix)


def _bared(basic: Finding) -> Finding:
    """Secrets are not saved in the open any more, but once were."""
    found = (*basic.found, "its history holds private keys, users and credentials that were once saved in the open")
    fix = (
        "Name a new, empty repository in your answers, apply, and delete the old one. If somebody else could read it, "
        "change those secrets as well."
    )
    return replace(basic, status=Status.WARNING, cause="secrets_in_the_open", found=found, fix=fix)


def judge_fresh(answers: Answers, seen: Standing, now: datetime) -> Finding:
    """What changed since the last backup, and how old it is."""
    basic, record = fresh(answers), seen.record
    again = "Run `mailwizard backup`."
    if record.remote != answers.backup.remote or not record.pushed:
        return replace(basic, status=Status.WARNING, cause="missing", found=("no backup was made yet",), fix=again)
    if seen.changes:
        more = len(seen.changes) - _SHOWN
        found = (f"since {record.pushed}:", *seen.changes[:_SHOWN], *_words(f"and {more} more" if more > 0 else ""))
        return replace(basic, status=Status.WARNING, cause="changed", found=found, fix=again)
    pushed = moment(record.pushed)
    if pushed is None or now - pushed > _OLDEST:
        fix = f"Look at `systemctl status mailwizard-backup.timer` and `journalctl -u mailwizard-backup`. {again}"
        return replace(basic, status=Status.WARNING, cause="old", found=(f"last pushed at {record.pushed}",), fix=fix)
    return replace(
        basic, found=(f"pushed at {record.pushed}, {len(seen.found.files)} files", *_left_out(answers, seen))
    )


def _left_out(answers: Answers, seen: Standing) -> tuple[str, ...]:
    left = [f"{path} is too big and is left out" for path in seen.found.too_big]
    if answers.backup.secrets == "exclude" and seen.found.secret:
        left.append(f"{len(seen.found.secret)} files with secrets are left out: a restored server makes new ones")
    return tuple(left)


def _words(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
