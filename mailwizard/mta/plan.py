"""From the machine as it is to a running chasquid. Every file is in place before the package comes.

A chasquid that is installed first starts without domains and certificate, fails five times, and systemd gives it up
with all three sockets. So the package finds its user, its configuration (which dpkg then keeps) and its certificate.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

from mailwizard.acme.places import CERTS_FOLDER, folder, key_changes
from mailwizard.answers import Answers, Domain
from mailwizard.change import Change
from mailwizard.debian.release import release_of
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.mta import chasquid_conf, hook, units
from mailwizard.mta.dkim_files import DOMAINS_FOLDER, dkim_keys, selector_for
from mailwizard.mta.freshness import changed_since
from mailwizard.mta.install import chasquid_version, install_changes, source_changes, user_changes
from mailwizard.mta.look import why_impossible
from mailwizard.mta.origin import good_enough, origin_of

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns

_UNITS = (units.SERVICE, *(f"chasquid-{name}.socket" for name in units.SOCKETS))


async def changes(host: Host, dns: Dns, answers: Answers, today: date) -> list[Change]:
    """All that is to be done, in order; nothing when chasquid cannot come from where it is to come from."""
    release, version = await release_of(host), await chasquid_version(host, answers.server)
    origin = origin_of(answers.server)
    if not (version and good_enough(version, origin)) and await why_impossible(host, answers, origin, release):
        return []
    before = [*await user_changes(host), *await source_changes(host, answers.server, release, version)]
    files = await _files(host, answers)
    drop_ins = await units.drop_in_changes(host, ipv4_only=answers.server.ipv4_only)
    program = await install_changes(host, origin, release, version)
    keys = await asyncio.gather(*(_new_key(host, dns, domain, today) for domain in answers.domains))
    readable = [change for domain in answers.domains for change in await _readable_keys(host, domain)]
    started = await _started(host, answers, files, bool(drop_ins or program))
    return [*(change for made in keys for change in made), *before, *readable, *files, *drop_ins, *program, *started]


async def _files(host: Host, answers: Answers) -> list[Change]:
    """Configuration, folders, the certificate's group and the hook."""
    from mailwizard.changes.files import make_dir, write_file

    try:
        found: str | None = await text_of(host, chasquid_conf.PATH)
    except FileMissing:
        found = None
    conf = chasquid_conf.wanted_conf(found, answers.server.hostname)
    changes = [*await make_dir(host, "/etc/chasquid"), *await write_file(host, chasquid_conf.PATH, conf)]
    for path in (CERTS_FOLDER, folder(answers.server.hostname), DOMAINS_FOLDER):
        changes += await make_dir(host, path)
    for domain in answers.domains:  # set-group-ID: what is made in it can be read by chasquid from the start
        changes += await make_dir(host, f"{DOMAINS_FOLDER}/{domain.name}", mode=0o2750, group="chasquid")
    return [*changes, *await key_changes(host, answers.server.hostname), *await hook.hook_changes(host)]


async def _started(host: Host, answers: Answers, files: list[Change], units_due: bool) -> list[Change]:
    """What makes chasquid run with its files as they stand."""
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.units import EnableUnit, ReloadUnits, RestartUnit

    state = await units.running(host) or units.Running()
    reload: list[Change] = [ReloadUnits()] if units_due or state.reload_due else []
    if await units.gave_up(host):
        reload.append(RunCommand("Let systemd try chasquid again", ("systemctl", "reset-failed", *_UNITS)))
    if not (state.active and state.enabled):
        return [*reload, EnableUnit(units.SERVICE)]
    names = [domain.name for domain in answers.domains]
    newer = await changed_since(host, state.since, names) if state.since else ()
    if not (files or reload or newer):
        return []
    why = f"{newer[0]} is newer than its start" if newer else "so that it reads its new configuration"
    return [*reload, RestartUnit(units.SERVICE, why)]


async def _new_key(host: Host, dns: Dns, domain: Domain, today: date) -> list[Change]:
    """A DKIM key where there is none; nothing where this user may not look."""
    from mailwizard.mta.dkim_make import MakeDkimKey
    from mailwizard.mta.new_selector import new_selector

    try:
        keys = await dkim_keys(host, domain.name)
        selector = selector_for(domain, keys) or await new_selector(dns, host, domain.name, today)
    except FileUnreadable:
        return []
    return [] if keys.path_of(selector) else [MakeDkimKey(domain.name, selector)]


async def _readable_keys(host: Host, domain: Domain) -> list[Change]:
    """Placed keys made readable for chasquid, whose group comes before; they may be from a backup."""
    from mailwizard.changes.files import SetMode
    from mailwizard.changes.standing import of_stat

    try:
        keys = await dkim_keys(host, domain.name)
    except FileUnreadable:
        return []
    found: list[Change] = []
    for _, path in keys.placed:
        stat = await host.stat(path)
        if stat and (stat.mode, stat.owner, stat.group) != (0o640, "root", "chasquid"):
            found.append(SetMode(path, 0o640, "root", "chasquid", of_stat(stat), "chasquid reads it"))
    return found
