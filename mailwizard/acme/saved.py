"""What acme.sh has saved of a DNS plugin's variables. It prefers some of these to the ones that it is given: a token
that was revoked would go on being used, though the user gives a key now."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailwizard.acme import places
from mailwizard.acme.client import Order
from mailwizard.acme.plugins import plugins
from mailwizard.change import Change
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.secret import Secret
from mailwizard.text import listed


async def saved_changes(host: Host, order: Order, variables: Mapping[str, Secret]) -> list[Change]:
    """What takes the variables of another way than the one given out of acme.sh's files; empty when there are none."""
    plugin, main = plugins().get(order.plugin), order.names[0]
    names = plugin.others(variables) if plugin else ()
    paths = (f"{places.HOME}/account.conf", f"{places.HOME}/{main}_ecc/{main}.conf")
    return [change for path in paths for change in await _without(host, path, names)] if names else []


async def _without(host: Host, path: str, names: tuple[str, ...]) -> list[Change]:
    from mailwizard.changes.files import write_file

    try:
        text = await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return []  # nothing is saved, or it is not for this user to see
    saved = re.compile(rf"^(?:SAVED_)?({'|'.join(names)}) *=.*\n?", re.MULTILINE)
    if not (found := saved.findall(text)):
        return []
    note = f"without {listed(found)}, which you no longer give"
    return await write_file(host, path, saved.sub("", text), mode=0o600, secret=True, note=note)
