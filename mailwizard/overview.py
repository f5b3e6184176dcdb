"""All records as all servers see them, and each as it is to be entered: what the records' screen shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwizard.dns.propagation import View, view
from mailwizard.panels import ANY, Entry, Panel, entry, recognised
from mailwizard.publishing.forms import table_text, zone_text
from mailwizard.publishing.seen import Seen, judged

if TYPE_CHECKING:
    from mailwizard.finding import Finding
    from mailwizard.wizard import Wizard

FILE = "/root/mailwizard-records.txt"


@dataclass(frozen=True)
class Row:
    """A record as it was seen, server by server, and what is said of it."""

    seen: Seen
    view: View

    @property
    def finding(self) -> Finding:
        """What came of it."""
        return judged(self.seen)

    @property
    def servers(self) -> tuple[str, ...]:
        """The names of the authoritative servers."""
        return tuple(dict.fromkeys(cell.server.split(" ")[0] for cell in self.view.authoritative))

    @property
    def panel(self) -> Panel:
        """The panel in which it is entered; `ANY` when it is not known."""
        return recognised(self.servers) if self.seen.apex else ANY

    @property
    def entry(self) -> Entry:
        """The record as its panel wants it."""
        return entry(self.panel, self.seen.wish.record, self.seen.apex)


async def overview(wizard: Wizard) -> list[Row]:
    """Every record that is wanted, asked of every server now."""
    records = wizard.services.records
    wanted = await records.wanted(wizard.host, wizard.answers)
    seen = await asyncio.gather(*(records.see(wish, wanted.own) for wish in wanted.wishes))
    now = wizard.now()
    return [Row(one, view(one.wish.record, one.authoritative, one.resolvers, now, one.mistake)) for one in seen]


def page(rows: Sequence[Row]) -> str:
    """All records as a panel asks for them, and below as a zone file."""
    table = table_text((row.seen.wish.record, row.finding.status) for row in rows)
    return f"{table}\n\n; the same as a zone file\n{zone_text(row.seen.wish.record for row in rows)}\n"


async def write_page(wizard: Wizard, rows: Sequence[Row]) -> str:
    """Writes `page` to a file on the server. Returns its path. Raises HostError."""
    await wizard.host.write(FILE, page(rows).encode(), mode=0o600)
    return FILE
