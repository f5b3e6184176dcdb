"""cloud-init gives a server its provider's name again at a boot, unless it is told not to.

A file of ours in cloud.cfg.d tells it. Two kinds of files are stronger: those with a later name, and what the provider
handed over with the server (user-data and vendor-data; Proxmox VE, for example, sets `manage_etc_hosts: true` in it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailwizard.change import Change
from mailwizard.changes.files import write_file
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of

_FOLDER = "/etc/cloud/cloud.cfg.d"
DROP_IN = f"{_FOLDER}/99-mailwizard.cfg"
TEMPLATE = "/etc/cloud/templates/hosts.debian.tmpl"  # what /etc/hosts is made from, on Ubuntu as well
_TEXT = "# Written by mailwizard: the server keeps its name.\npreserve_hostname: true\nmanage_etc_hosts: false\n"
_INSTANCE = "/var/lib/cloud/instance"
_HANDED_OVER = ("vendor-cloud-config.txt", "vendor2-cloud-config.txt", "cloud-config.txt")  # the strongest last


async def plan(host: Host) -> list[Change]:
    """The file of ours; nothing where there is no cloud-init. Only reads."""
    if await host.stat(_FOLDER) is None:
        return []
    return await write_file(host, DROP_IN, _TEXT, note="the name stays at the next boot")


async def names_it(host: Host) -> str:
    """The file that, in spite of ours, lets cloud-init name this server; "" when none does or may be read."""
    return await _overruled(host, "preserve_hostname", ("false", "no", "off", "0"))


async def writes_hosts(host: Host) -> str:
    """The file that, in spite of ours, has /etc/hosts made anew from TEMPLATE at each boot; "" when none does."""
    return await _overruled(host, "manage_etc_hosts", ("true", "yes", "on", "1", "template"))


async def _overruled(host: Host, key: str, values: Sequence[str]) -> str:
    """The strongest file that says something about `key`, when it is one of these values."""
    said = re.compile(rf"^[\"']?{key}[\"']?\s*:\s*[\"']?(\w+)", re.MULTILINE)
    for path in reversed(await _stronger(host)):
        if found := said.findall(await _text(host, path)):
            return path if found[-1].lower() in values else ""
    return ""


async def _stronger(host: Host) -> list[str]:
    """The files whose word counts more than that of ours, the strongest last."""
    try:
        names = [name for name in await host.list(_FOLDER) if name.endswith(".cfg")]
    except (FileMissing, FileUnreadable):
        return []
    later = [f"{_FOLDER}/{name}" for name in sorted(names) if f"{_FOLDER}/{name}" > DROP_IN]
    return [*later, *(f"{_INSTANCE}/{name}" for name in _HANDED_OVER)]


async def _text(host: Host, path: str) -> str:
    try:
        return await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return ""
