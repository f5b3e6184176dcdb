"""Where the certificate and what belongs to it lie."""

from __future__ import annotations

from mailwizard.answers import STATE_FOLDER
from mailwizard.change import Change
from mailwizard.host.protocol import Host

CERTS_FOLDER = "/etc/chasquid/certs"
HOME = f"{STATE_FOLDER}/acme"
STAGING_HOME = f"{STATE_FOLDER}/acme-staging"
FAILURE_PATH = f"{STATE_FOLDER}/renewal-failed"
KEY_MODE = 0o640
KEY_GROUP = "chasquid"


def folder(hostname: str) -> str:
    """Where chasquid looks for the certificate of `hostname`."""
    return f"{CERTS_FOLDER}/{hostname}"


def chain_path(hostname: str) -> str:
    """The certificate with its chain."""
    return f"{folder(hostname)}/fullchain.pem"


def key_path(hostname: str) -> str:
    """Its private key."""
    return f"{folder(hostname)}/privkey.pem"


async def group_known(host: Host) -> bool:
    """True when chasquid's group is there: it comes with chasquid."""
    return (await host.run(("getent", "group", KEY_GROUP))).ok


async def key_changes(host: Host, hostname: str) -> list[Change]:
    """What lets chasquid's group, and nobody else, read the key; empty when it can or there is no key."""
    from mailwizard.changes.files import SetMode
    from mailwizard.changes.standing import of_stat

    stat = await host.stat(key_path(hostname))
    if stat is None or (stat.mode, stat.owner, stat.group) == (KEY_MODE, "root", KEY_GROUP):
        return []
    return [SetMode(key_path(hostname), KEY_MODE, "root", KEY_GROUP, of_stat(stat), "chasquid reads it")]
