"""`mailwizard restore URL`: a backup comes back onto a new server; `apply` then goes on where it stands."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from mailwizard import streams, values
from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.commands.apply import tell
from mailwizard.engine import Engine
from mailwizard.errors import FileUnreadable, MailwizardError, UsageError
from mailwizard.host.protocol import Host
from mailwizard.plain import waiting_lines
from mailwizard.running import wait_for
from mailwizard.saving import asking
from mailwizard.saving.clone import Loaded, load
from mailwizard.saving.deploy_key import MakeDeployKey, public_key
from mailwizard.saving.fitting import Fitted, fitted, own_addresses
from mailwizard.saving.git import Git
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.identity_file import given_identity
from mailwizard.saving.known_hosts import known_hosts_changes
from mailwizard.saving.manifest import Entry
from mailwizard.saving.remote import Remote, parse_remote
from mailwizard.saving.restore import Restore, answers_in, to_restore
from mailwizard.secret import Secret
from mailwizard.sitting import LOCK_PATH, Sitting, reached
from mailwizard.text import one_line, printable, sentence


def run(args: argparse.Namespace) -> int:
    """0 it is restored, 3 the deploy key waits to be pasted, 1 it failed, 2 no identity was given."""
    try:
        args.url = values.git_remote(args.url)
    except ValueError as error:
        raise UsageError(f'"{printable(args.url)}" {error}') from None
    return wait_for(lambda: _restore(args))


async def _restore(args: argparse.Namespace) -> int:
    remote, identity = parse_remote(args.url), await given_identity(args)
    async with reached(args) as host:
        if not host.is_root:
            raise FileUnreadable(f"Only root can restore. {sentence(host.way_to_root)}")
        let_go = await host.lock(LOCK_PATH)
        try:
            if not await _may_read(host, remote):
                return 3
            return await _bring_back(host, await load(host, remote), identity)
        finally:
            await let_go()


async def _may_read(host: Host, remote: Remote) -> bool:
    """True when the repository can be read; else what to do with the deploy key was printed. Raises GitFailed."""
    from mailwizard.changes.packages import install_packages

    engine = Engine(host, (), listen=tell)
    await _made(engine, await install_packages(host, ("git", "openssh-client"), "for the backup"))
    await _made(engine, [] if await public_key(host) else [MakeDeployKey("")])
    await _made(engine, await known_hosts_changes(host, remote))
    try:
        await Git(host, "/", remote).readable_heads()
    except GitFailed as error:
        if error.cause not in ("key_not_accepted", "no_repository"):
            raise
        streams.tell(one_line(str(error)))
        print(printable(asking.paste_sentence(remote, await public_key(host))))
        streams.tell("Then run the same command again.")
        return False
    return True


async def _made(engine: Engine, changes: list[Change]) -> None:
    """Makes them as `apply` would: written down first, and whole even when the connection is lost meanwhile."""
    for change in changes:
        await engine.make("restore", change)


async def _bring_back(host: Host, loaded: Loaded, identity: Secret | None) -> int:
    secrets = _secrets(loaded, identity)
    fit = fitted(answers_in(loaded), await own_addresses(host))
    for line in fit.told:
        streams.tell(one_line(line))
    engine = Engine(host, [Restore(to_restore(loaded, secrets, fit.text))], listen=tell)
    result = await engine.apply(fit.answers)
    for planned, error in result.failures:
        streams.tell(one_line(f"failed: {planned.change.title}: {error}"))
    if result.failures:
        return 1
    await _what_is_left(host, fit)
    _say(loaded, secrets, len(result.made))
    return 0


def _secrets(loaded: Loaded, identity: Secret | None) -> Mapping[Entry, bytes]:
    if loaded.archive is None:
        return {}
    if identity is None:
        raise UsageError(
            "This backup's secrets are encrypted: give the identity that opens them with --identity FILE. Nothing was "
            "changed."
        )
    return loaded.secrets(identity)


async def _what_is_left(host: Host, fit: Fitted) -> None:
    """What the DNS does not say yet of this server: told, and not waited for."""
    try:
        findings = await _looked(host, fit.answers)
    except MailwizardError as error:
        streams.tell(one_line(f"What is left could not be told yet: {error}"))
        return
    for line in findings:
        streams.tell(line)


async def _looked(host: Host, answers: Answers) -> list[str]:
    from mailwizard.dns.dns import Dns
    from mailwizard.services import Services

    async with Dns(answers.dns.resolvers) as dns:
        now = Sitting(host, answers, dns, Services(dns, {}, {}))
        found = await now.engine.look(answers, ("names", "records", "reverse_dns"))
    return list(waiting_lines([finding for findings in found.values() for finding in findings if finding.waits]))


def _say(loaded: Loaded, secrets: Mapping[Entry, bytes], made: int) -> None:
    server = loaded.manifest.server
    print(f"{server} is restored: {made} changes made. Go on with `mailwizard apply`.")
    if loaded.manifest.secrets == "exclude":
        print(
            "The backup holds no secrets: new keys are made, so publish the DKIM record again, and give the DNS "
            "provider's variables with `apply --credentials FILE`."
        )
    elif secrets:
        print(f"{len(secrets)} of its files were encrypted secrets; the DKIM keys are the old ones.")
