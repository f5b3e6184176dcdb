"""mailwizard's DNS verification against checkdmarc's command, on the same generated zones, 50 ms away.

    python tests/bench/dns_speed.py [--domains 1,10,100,1000] [--rival-up-to 100] [--checkdmarc PATH] [--rtt 0.05]

Seconds are of whole commands, the start of Python included; "asking" is the part from the first question to the last
verdict. The floor is the longest chain of look-ups that depend on one another, times the round-trip time. checkdmarc
can only ask port 53, which needs root here; without it only mailwizard is measured. Nothing is estimated.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.beds import mail_domains as bed  # noqa: E402 (needs the path above)

if TYPE_CHECKING:
    from mailwizard.dns.wanted_record import Wanted

AT_ONCE = 100  # domains that are verified at the same time
CHAIN = (
    "name servers of the domain, at the resolver",
    "their addresses",
    "the SPF record at each of them, the delegation at the zone above",
    "name servers of the domain that its SPF record includes",
    "that SPF record",
    "the SPF record that this one includes",
    "what the public resolvers say",
)
THREADS = """
import sys, time, checkdmarc
from concurrent.futures import ThreadPoolExecutor
began = time.perf_counter()
with ThreadPoolExecutor(64) as pool:
    list(pool.map(lambda name: checkdmarc.check_domains([name], nameservers=[sys.argv[1]]), sys.argv[2:]))
"""


@dataclass(frozen=True)
class Run:
    """One measurement. `seconds` of the whole command, `asking` of its questions alone (0: not known)."""

    who: str
    domains: int
    seconds: float
    questions: int
    asking: float = 0
    memory: float = 0  # MB at most


async def verify(port: int, count: int) -> dict[str, float]:
    """Verifies the server and its domains with the product's own judges; fails unless all is found to be right."""
    from mailwizard.dns.dns import Dns
    from mailwizard.dns.ptr import fcrdns
    from mailwizard.finding import Status
    from mailwizard.network.own_addresses import OwnAddresses
    from mailwizard.publishing.seen import judged
    from mailwizard.publishing.wanted import Wish
    from mailwizard.services.records import Records

    own, began = OwnAddresses(bed.IPV4, bed.IPV6), time.perf_counter()
    slots = asyncio.Semaphore(AT_ONCE)
    async with Dns([bed.ASK_AT], port=port, system=[bed.ASK_AT], https={}) as dns:
        records = Records(dns)

        async def subject(name: str, wanted: list[Wanted]) -> None:
            async with slots:
                seen = await asyncio.gather(*(records.see(Wish(record, name), own) for record in wanted))
            for finding in map(judged, seen):
                if finding.status is not Status.OK:
                    raise SystemExit(f"{finding.id} of {finding.subject}: {finding.status.value} {finding.fix}")

        async def reverse(address: str) -> None:
            seen = await fcrdns(dns.authoritative_lookup, address, bed.HOST)
            if not seen.matches:
                raise SystemExit(f"reverse DNS of {address}: {seen.state}")

        await asyncio.gather(
            reverse(bed.IPV4),
            reverse(bed.IPV6),
            subject(bed.HOST, bed.of_server()),
            *(subject(f"d{n}.test", bed.of_domain(n)) for n in range(count)),
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"asking": time.perf_counter() - began, "memory": memory}


class Bed:
    """The name servers' process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._line().split()[1])

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def questions(self) -> int:
        """How many came since the last time."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line())


@contextmanager
def servers(count: int, rtt: float) -> Iterator[Bed]:
    """Name servers for that many domains, on port 53 if that may be."""
    command = [sys.executable, str(ROOT / "tests/bench/beds/mail_domains.py"), "53", str(count), str(rtt)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Bed(process)
    finally:
        process.communicate()


def timed(who: str, count: int, bed_: Bed, command: list[str]) -> Run:
    """One run of a command."""
    bed_.questions()
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise SystemExit(f"{who} failed: {ran.stderr.strip() or ran.stdout.strip()}")
    facts = json.loads(ran.stdout) if who == "mailwizard" else {}
    return Run(who, count, seconds, bed_.questions(), **facts)


def measure(count: int, args: argparse.Namespace) -> list[Run]:
    """All runs for that many domains."""
    names = [f"d{n}.test" for n in range(count)]
    with servers(count, args.rtt) as there:
        ours = [sys.executable, __file__, "--verify", str(there.port), str(count)]
        runs = [timed("mailwizard", count, there, ours)]
        if args.checkdmarc and there.port == 53 and count <= args.rival_up_to:
            python = str(Path(args.checkdmarc).parent / "python")
            threads = [python, "-c", THREADS, bed.ASK_AT, *names]
            runs.append(timed("checkdmarc, 64 threads", count, there, threads))
            runs.append(timed("checkdmarc", count, there, [args.checkdmarc, "-n", bed.ASK_AT, "--", *names]))
    return runs


def shown(runs: list[Run], floor: float) -> Iterator[str]:
    """The table's lines for one number of domains."""
    ours = runs[0]
    for run in runs:
        ratio = f"{run.seconds / ours.seconds:8.1f} x" if run is not ours else ""
        asking = f"{run.asking:7.2f} s  {run.asking / floor:5.2f} x floor  {run.memory:4.0f} MB" if run.asking else ""
        each = run.questions / run.domains
        yield f"{run.domains:7} {run.who:24} {run.seconds:8.2f} s {run.questions:8} ({each:5.1f} each) {ratio}{asking}"


def beside(name: str) -> str | None:
    """A command beside the running Python, else on PATH."""
    near = Path(sys.executable).parent / name
    return str(near) if os.access(near, os.X_OK) else shutil.which(name)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", default="1,10,100,1000")
    parser.add_argument("--rival-up-to", type=int, default=100)
    parser.add_argument("--rtt", type=float, default=0.05)
    parser.add_argument("--checkdmarc", default=beside("checkdmarc"))
    parser.add_argument("--verify", nargs=2, type=int, metavar=("PORT", "COUNT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.verify:
        print(json.dumps(asyncio.run(verify(*args.verify))))
        return
    floor = len(CHAIN) * args.rtt
    print(f"Round trip {args.rtt * 1000:.0f} ms. Floor {floor:.2f} s: {len(CHAIN)} look-ups one after another:")
    print("\n".join(f"  {n}. {step}" for n, step in enumerate(CHAIN, 1)))
    print(f"{'domains':>7} {'':24} {'command':>10} {'questions':>9}")
    for count in map(int, args.domains.split(",")):
        for line in shown(measure(count, args), floor):
            print(line, flush=True)
    if not args.checkdmarc:
        print("checkdmarc is not installed: it was not measured.")


if __name__ == "__main__":
    main()
