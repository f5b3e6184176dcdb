"""Does the chasquid that runs know its files as they stand? It reads most of them only when it starts."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.host.protocol import Host
from mailwizard.mta import chasquid_conf, dkim_files, units

# users and aliases are read again every 30 seconds: they need no restart
_KEYS = ("(", "-name", "dkim:*.pem", "-o", "-name", "fullchain.pem", "-o", "-name", "privkey.pem", ")")
CERTS_FOLDER = "/etc/chasquid/certs"


async def changed_since(host: Host, since: str, domains: Sequence[str]) -> tuple[str, ...]:
    """The files and domains that came or changed after `since`, the start of the service. Only reads."""
    files = (chasquid_conf.PATH, units.HARDENING_PATH, f"{units.FOLDER}/{units.SERVICE}")
    when = ("-newermt", since, "-print")
    newer, keys, born = (
        await host.run(("find", *files, "-maxdepth", "0", *when)),
        await host.run(("find", CERTS_FOLDER, dkim_files.DOMAINS_FOLDER, "-type", "f", *_KEYS, *when)),
        await _born_since(host, since, domains),
    )
    return (*newer.out.splitlines(), *keys.out.splitlines(), *born)


async def _born_since(host: Host, since: str, domains: Sequence[str]) -> tuple[str, ...]:
    """The folders of domains that were made after `since`, where the file system knows (statx(2))."""
    folders = [f"{dkim_files.DOMAINS_FOLDER}/{domain}" for domain in domains]
    start = await host.run(("date", "--date", since, "+%s"))
    told = await host.run(("stat", "--format", "%W %n", *folders)) if folders else start
    rows = [line.split(" ", 1) for line in told.out.splitlines() if " " in line]
    known = start.ok and start.out.strip().isdigit()
    return tuple(path for born, path in rows if known and born.isdigit() and int(born) > int(start.out))
