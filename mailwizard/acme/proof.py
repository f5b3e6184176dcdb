"""The proof that acme.sh puts into the DNS, seen by mailwizard itself: then acme.sh need not wait for it any longer.

Left alone, acme.sh sleeps 20 seconds and then asks one public resolver every 10 seconds. While mailwizard runs it,
every authoritative server is asked instead; once all of them show the proof, a file is made that ends the sleep (the
function `sleep` in acme-quiet.sh). Whatever goes wrong here, acme.sh goes on in its own way.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mailwizard.answers import STATE_FOLDER
from mailwizard.dns.answer import Answer, EveryServer
from mailwizard.dns.ask import usable
from mailwizard.dns.mistakes_servers import counted, server_name
from mailwizard.dns.names import normal
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.text import listed, one_line

SEEN_PATH = f"{STATE_FOLDER}/acme-proof-seen"
ENVIRONMENT = {"MAILWIZARD_SEEN": SEEN_PATH}
_ADDING = "Adding TXT value: "
_ADDED = re.compile(r"Adding TXT value: ([A-Za-z0-9_-]{43}) for domain: (\S{1,255})", re.ASCII)
_ALL_ADDED = "Let's check each DNS record now."
_CHALLENGE = "_acme-challenge."
_VALUES = 8  # at one name: example.com and *.example.com make two
_TIMES = 2  # in a row: behind one address there may be several machines
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 1.0, 10.0, 1.2  # seconds between two looks


class Proofs:
    """What acme.sh says that it has put into the DNS for these names; `added` is set once all of it is there.

    Anybody whose words acme.sh passes on may imitate its lines. One that does not fit the order means that nothing is
    known for certain: then `added` is never set, and acme.sh waits as long as it does by itself.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {_CHALLENGE + normal(name.removeprefix("*.")) for name in names}
        self.values: dict[str, set[str]] = {}
        self.added = asyncio.Event()
        self._puzzled = False

    def hear(self, line: str) -> None:
        """Takes one line of acme.sh's words, without colours and time."""
        if line.startswith(_ALL_ADDED) and self.values and not self._puzzled:
            self.added.set()
        elif line.startswith(_ADDING):
            self._add(_ADDED.fullmatch(line))

    def _add(self, found: re.Match[str] | None) -> None:
        values = self.values.setdefault(found[2].lower(), set()) if found and found[2].lower() in self._names else None
        if found is None or values is None or len(values) == _VALUES:
            self._puzzled = True
        else:
            values.add(found[1])

    @property
    def domains(self) -> list[str]:
        """Whose proofs they are."""
        return [name.removeprefix(_CHALLENGE) for name in self.values]


@dataclass(frozen=True)
class Sight:
    """What the server of this name shows at one address; `lacking` is a sentence on what is not shown, else empty."""

    server: str
    lacking: str = ""


async def look(everywhere: EveryServer, values: Mapping[str, set[str]]) -> list[Sight]:
    """What every server shows of these values by name; of an alias also every server that its target lies at."""
    asked = await asyncio.gather(*(_ask(everywhere, name) for name in values))
    answers = ((answer, name) for name, said in zip(values, asked, strict=True) for answer in counted(said))
    return [_sight(answer, values[name]) for answer, name in answers]


async def _ask(everywhere: EveryServer, name: str) -> list[Answer]:
    answers = await everywhere(name, "TXT")
    target = next((answer.aliases[-1].value for answer in answers if answer.aliases), "")
    return [*answers, *(await everywhere(target, "TXT") if target else ())]


def _sight(answer: Answer, values: set[str]) -> Sight:
    name = one_line(server_name(answer)) or "The DNS"  # without the address, of which some servers have many
    if not usable(answer):
        where = one_line(answer.server) or name
        return Sight(name, f"{where} gives no answer ({one_line(answer.why)}); acme.sh looks for itself.")
    return Sight(name, "" if values <= set(answer.values) else f"{name} does not show the proof yet.")


@asynccontextmanager
async def watched(host: Host, names: Iterable[str], everywhere: EveryServer, report: Report) -> AsyncIterator[Report]:
    """While it is open, acme.sh's sleep ends when the proofs are seen. Gives the `Report` that it is to speak to."""
    proofs = Proofs(names)

    def hear(line: str) -> None:
        proofs.hear(line)
        report(line)

    await host.remove(SEEN_PATH)  # a mailwizard that was killed may have left it
    watching = asyncio.ensure_future(_watch(host, proofs, everywhere, report))
    try:
        yield hear
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await host.remove(SEEN_PATH)
    if not watching.cancelled():
        watching.result()  # raises what went wrong in it


async def _watch(host: Host, proofs: Proofs, everywhere: EveryServer, report: Report) -> None:
    await proofs.added.wait()
    servers = await _all_show(everywhere, proofs.values, report)
    where = f"all {len(servers)} name servers" if len(servers) > 1 else "the name server"
    report(f"The proof is seen at {where} of {listed(proofs.domains)}.")
    try:
        await host.write(SEEN_PATH, b"", mode=0o600)
    except HostError as error:
        report(f"{error} acme.sh waits on, and looks for itself.")


async def _all_show(everywhere: EveryServer, values: Mapping[str, set[str]], report: Report) -> set[str]:
    """The names of the servers, once all of them show everything. Each obstacle is told once."""
    times, pause, told = 0, _FIRST_PAUSE, set[str]()
    while True:
        sights = await look(everywhere, values)
        lacking = [sight.lacking for sight in sights if sight.lacking]
        for sentence in dict.fromkeys(lacking):
            if sentence not in told:
                report(sentence)
        told.update(lacking)
        times = times + 1 if sights and not lacking else 0
        if times == _TIMES:
            return {sight.server for sight in sights}
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LAST_PAUSE)
