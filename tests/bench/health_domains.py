"""`mailwizard health --plain` for 1 to 1,000 domains of one server, whose name servers are 50 ms away.

    python tests/bench/health_domains.py [--domains 1,10,100,1000] [--rtt 0.05]

Seconds are of the whole process, the start of Python included; "first row" is when the first domain's findings were
printed. Every domain's files are real, so are all questions; what the server part asks of the machine is imagined.
Memory is the process's most, in MB. The run fails unless every finding about a domain is good.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.beds import mail_domains, mail_machine  # noqa: E402 (needs the path above)

ROW = re.compile(r"\bd\d+\.test\b")
RUN = "{:>7} {:>9} {:>10} {:>10} {:>7} {:>9} {:>8} {:>7}"


@dataclass(frozen=True)
class Run:
    """One measurement."""

    domains: int
    seconds: float
    first: float
    cpu: float
    questions: int
    findings: int
    memory: float

    def __str__(self) -> str:
        each = self.questions / self.domains
        return RUN.format(
            *(self.domains, f"{self.seconds:.2f} s", f"{self.first:.2f} s", f"{self.cpu:.2f} s", self.questions),
            *(f"{each:.1f}", self.findings, f"{self.memory:.0f}"),
        )


async def look(port: int, count: int, folder: Path) -> None:
    """Looks at everything as the command does, and prints it; what was measured inside goes to stderr."""
    from mailwizard.commands.health import as_text
    from mailwizard.dns.dns import Dns
    from mailwizard.engine import Engine
    from mailwizard.finding import Status
    from mailwizard.looking import Looked
    from mailwizard.running import collect_seldom
    from mailwizard.services import Services

    collect_seldom()
    findings = 0

    async def checked(looks: AsyncGenerator[Looked, None]) -> AsyncGenerator[Looked, None]:
        nonlocal findings
        async for looked in looks:
            findings += len(looked.findings)
            bad = [one for one in looked.findings if looked.domain and one.status.weight]
            if bad:
                raise SystemExit(f"{bad[0].id} of {bad[0].subject}: {bad[0].status.value} {bad[0].found} {bad[0].fix}")
            if looked.domain and sum(one.status is Status.OK for one in looked.findings) < 9:
                raise SystemExit(f"too little was looked at for {looked.domain}")
            yield looked

    given, at = mail_machine.answers(count), mail_domains.ASK_AT
    async with Dns([at], port=port, system=[at], https={}) as dns:
        engine = Engine(mail_machine.FolderHost(folder), Services(dns, {}, {}).order)
        await as_text(given, checked(engine.look_each(given)), [])
    most = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    facts = {"cpu": time.process_time(), "findings": findings, "memory": int(most[1]) / 1024 if most else 0}
    print(json.dumps(facts), file=sys.stderr)


@contextmanager
def servers(count: int, rtt: float, key: Path) -> Iterator[subprocess.Popen[str]]:
    """The name servers, in a process of their own."""
    command = [sys.executable, __file__, "--serve", str(count), str(rtt), str(key)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.communicate()


def questions(bed: subprocess.Popen[str]) -> int:
    """How many came since the last time."""
    assert bed.stdin and bed.stdout
    bed.stdin.write("\n")
    bed.stdin.flush()
    return int(bed.stdout.readline())


def measure(count: int, rtt: float) -> Run:
    """One run with so many domains."""
    from mailwizard.dns.dkim_key import new_key

    with tempfile.TemporaryDirectory() as name:
        folder, key, pem = Path(name), Path(name) / "key.pem", new_key()
        key.write_bytes(pem)
        mail_machine.lay_out(folder, mail_machine.answers(count), pem)
        with servers(count, rtt, key) as bed:
            assert bed.stdout
            port = bed.stdout.readline().split()[1]
            return timed([sys.executable, __file__, "--look", port, str(count), name], bed, count)


def timed(command: list[str], bed: subprocess.Popen[str], count: int) -> Run:
    """One run of the command."""
    began, first = time.perf_counter(), 0.0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stdout
    for line in process.stdout:
        if not first and ROW.search(line):
            first = time.perf_counter() - began
    told = process.communicate()[1]
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(told)
    return Run(count, seconds, first, questions=questions(bed), **json.loads(told.splitlines()[-1]))


def environment() -> dict[str, str]:
    """This process's own, so that Python keeps what it compiled, as it does for what pip has installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", default="1,10,100,1000")
    parser.add_argument("--rtt", type=float, default=0.05)
    parser.add_argument("--look", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.look:
        asyncio.run(look(int(args.look[0]), int(args.look[1]), Path(args.look[2])))
    elif args.serve:
        count, rtt, key = args.serve
        asyncio.run(mail_domains.serve(mail_machine.net(int(count), float(rtt), Path(key).read_bytes())))
    else:
        print(f"health of one server's domains, name servers {args.rtt * 1000:.0f} ms away")
        print(RUN.format("domains", "seconds", "first row", "CPU", "asked", "each", "findings", "MB"))
        measure(1, 0)  # so that every module is compiled
        for count in map(int, args.domains.split(",")):
            print(measure(count, args.rtt), flush=True)


if __name__ == "__main__":
    main()
