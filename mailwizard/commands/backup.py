"""`mailwizard backup`: the step Backup alone, a restore drill, or a new key pair of age."""

from __future__ import annotations

import argparse

from mailwizard import streams
from mailwizard.answers import Answers
from mailwizard.commands.apply import show, tell
from mailwizard.errors import UsageError
from mailwizard.running import wait_for
from mailwizard.saving.archive import new_identity
from mailwizard.saving.drill import RestoreDrill
from mailwizard.saving.identity_file import given_identity
from mailwizard.sitting import Sitting, sitting
from mailwizard.text import printable


def run(args: argparse.Namespace) -> int:
    """0 the backup lies at the git host, or the drill went well; 3 something waits; 1 something failed."""
    if args.new_key:
        return _new_key()
    return wait_for(lambda: _drill(args) if args.drill else _backup(args))


def _new_key() -> int:
    identity, recipient = new_identity()
    print(
        "The identity opens the backup's secrets. It is shown once and kept nowhere: put it in your password manager."
    )
    print(identity.reveal())
    print("The public key goes in setup.toml, under [backup]:")
    print(f'age_recipient = "{recipient}"')
    return 0


async def _backup(args: argparse.Namespace) -> int:
    async with sitting(args, listen=tell) as now, now.changing():
        _must_have_remote(now.answers)
        now.services.backup.on_top = args.on_top
        result = await now.engine.apply(now.answers, ["backup"])
    show(now, result)
    return result.exit_code


async def _drill(args: argparse.Namespace) -> int:
    identity = await given_identity(args)
    async with sitting(args) as now, now.changing():
        _must_have_remote(now.answers)
        await _tried(now, RestoreDrill(now.answers, identity))
    return 0


async def _tried(now: Sitting, drill: RestoreDrill) -> None:
    streams.tell(printable(drill.title))
    await drill.perform(now.host, lambda line: print(printable(line), flush=True))


def _must_have_remote(answers: Answers) -> None:
    if not answers.backup.remote:
        raise UsageError(f'{answers.path} names no repository: write remote = "git@..." under [backup].')
