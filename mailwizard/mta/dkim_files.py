"""Where the DKIM keys lie: staged under /var/lib/mailwizard until their record is seen, then placed beside chasquid.

Every `dkim:SELECTOR.pem` in a domain's folder signs, so a key is placed only when receivers can find its record.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.answers import STATE_FOLDER, Domain
from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host
from mailwizard.saving.places import FILES, TREE

STAGED_FOLDER = f"{STATE_FOLDER}/dkim"
DOMAINS_FOLDER = "/etc/chasquid/domains"
_PREFIX, _SUFFIX = "dkim:", ".pem"


@dataclass(frozen=True)
class DkimKeys:
    """A domain's keys: selectors and the files that hold them. The last one of a list is the newest."""

    staged: tuple[tuple[str, str], ...] = ()
    placed: tuple[tuple[str, str], ...] = ()

    def path_of(self, selector: str) -> str:
        """The file that holds `selector`'s private key, the placed one first; empty when there is none."""
        return dict(self.staged + self.placed).get(selector, "")

    def is_placed(self, selector: str) -> bool:
        """True when chasquid signs with `selector` (after its restart)."""
        return selector in dict(self.placed)


async def staged_keys(host: Host, domain: str) -> list[tuple[str, str]]:
    """Selector and path of each key that waits for its record, by name. Raises FileUnreadable."""
    folder = f"{STAGED_FOLDER}/{domain}"
    names = await _names(host, folder)
    return [(name.removesuffix(_SUFFIX), f"{folder}/{name}") for name in names if name.endswith(_SUFFIX)]


async def placed_keys(host: Host, domain: str) -> list[tuple[str, str]]:
    """Selector and path of each key that chasquid signs with, by name. Raises FileUnreadable."""
    return await _placed_in(host, f"{DOMAINS_FOLDER}/{domain}")


async def _placed_in(host: Host, folder: str) -> list[tuple[str, str]]:
    names = [name for name in await _names(host, folder) if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]
    return [(name[len(_PREFIX) : -len(_SUFFIX)], f"{folder}/{name}") for name in names]


async def dkim_keys(host: Host, domain: str) -> DkimKeys:
    """All of a domain's keys. Raises FileUnreadable when this user may not look."""
    return DkimKeys(tuple(await staged_keys(host, domain)), tuple(await placed_keys(host, domain)))


async def selectors_here(host: Host, domain: str) -> set[str]:
    """The selectors of all the domain's keys on this machine, those in the backup's work tree as well.

    Raises FileUnreadable.
    """
    saved = await _placed_in(host, f"{TREE}/{FILES}{DOMAINS_FOLDER}/{domain}")
    return {selector for selector, _ in (*await staged_keys(host, domain), *await placed_keys(host, domain), *saved)}


def selector_for(domain: Domain, keys: DkimKeys) -> str:
    """The selector of the key to use: the answer, else the newest key that is there; empty when there is none."""
    there = keys.staged or keys.placed
    return domain.selector or (there[-1][0] if there else "")


def staged_path(domain: str, selector: str) -> str:
    """Where the key of `selector` waits."""
    return f"{STAGED_FOLDER}/{domain}/{selector}{_SUFFIX}"


def placed_path(domain: str, selector: str) -> str:
    """Where chasquid looks for the key of `selector`."""
    return f"{DOMAINS_FOLDER}/{domain}/{_PREFIX}{selector}{_SUFFIX}"


async def place_changes(host: Host, domain: str, selector: str) -> list[Change]:
    """What makes chasquid sign with the staged key of `selector`; empty when it does. To be asked for only when the
    record is seen on every authoritative server. Raises FileMissing (no such key) or FileUnreadable."""
    from mailwizard.changes.files import write_file
    from mailwizard.changes.units import RestartUnit

    if selector in dict(await placed_keys(host, domain)) and selector not in dict(await staged_keys(host, domain)):
        return []  # a key that chasquid had before
    key = await host.read(staged_path(domain, selector))
    path = placed_path(domain, selector)
    placed = await write_file(host, path, key, mode=0o640, group="chasquid", secret=True, note="DKIM key")
    return [*placed, RestartUnit("chasquid.service", f"so that it signs mail of {domain}")] if placed else []


async def _names(host: Host, folder: str) -> list[str]:
    try:
        return await host.list(folder)
    except FileMissing:
        return []
