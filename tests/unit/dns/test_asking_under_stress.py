"""A thousand domains, packets lost and few files allowed: nothing that is there may be called missing."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.dns.dns import Dns
from mailwizard.dns.memo import ENTRIES, Memo
from tests.unit.dns.name_server import world, zone_text

DOMAINS = 1000
HEAVY = ("httpx", "textual", "dns", "rich", "paramiko", "jinja2", "git", "cryptography")


def many(count: int, servers: int) -> dict[str, str]:
    """Zones d0.test ...; each is on two of `servers` addresses."""
    names = [f"ns{n}.hosting.test" for n in range(servers)]
    addresses = {name: f"127.0.1.{n + 1}" for n, name in enumerate(names)}
    zones = {}
    for n in range(count):
        pair = (names[n % servers], names[(n + 1) % servers])
        text = '@ MX 10 mail.hosting.test.\n@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=none"\n'
        zones[f"d{n}.test"] = zone_text({name: addresses[name] for name in pair}, text, apex=f"d{n}.test")
    delegations = "".join(f"d{n} NS {names[n % servers]}.\nd{n} NS {names[(n + 1) % servers]}.\n" for n in range(count))
    hosts = "".join(f"{name}. A {address}\n" for name, address in addresses.items())
    zones["test"] = zone_text({"ns.nic.test": "127.0.0.41"}, delegations + hosts, apex="test")
    return zones


async def all_facts(dns: Dns, count: int) -> list[Answer]:
    """The three records of each domain at each of its servers."""
    asked = [("{}", "MX"), ("{}", "TXT"), ("_dmarc.{}", "TXT")]
    answers = await asyncio.gather(
        *(dns.authoritative(name.format(f"d{n}.test"), type) for n in range(count) for name, type in asked)
    )
    return [answer for some in answers for answer in some]


async def test_no_false_missing_with_lost_packets() -> None:
    async with world(many(DOMAINS, 8)) as net, net.dns() as dns:
        for server in net.servers.values():
            server.loss = 0.01
        answers = await all_facts(dns, DOMAINS)
        assert len(answers) >= 3 * DOMAINS
        assert not [answer for answer in answers if answer.is_missing]
        unknown = [answer for answer in answers if answer.outcome is Outcome.UNKNOWN]
        assert len(unknown) < len(answers) / 100
        assert all(answer.why for answer in unknown)
        assert net.lost > DOMAINS * 3 * 2 / 200  # the test did lose packets


def test_no_false_missing_with_few_files() -> None:
    """77 name servers in the same process (two files each) leave 100 or 36 to the asker: found, or "cannot tell"."""
    command, root = [sys.executable, "-m", "tests.unit.dns.test_asking_under_stress"], Path(__file__).parents[3]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    for limit, (found, missing, whys) in json.loads(ran.stdout).items():
        assert not missing, limit
        assert found
        if limit == "256":
            assert found == 300 * 2 * 3
        assert all("too many open files" in why for why in whys)


def test_the_facade_is_light() -> None:
    """Nothing of httpx, Textual or dnspython comes with it."""
    code = f"import sys, mailwizard.dns.dns; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_what_is_remembered_does_not_grow_without_end() -> None:
    memo: Memo[int] = Memo(lambda _: 60)

    async def number(n: int) -> int:
        return n

    for n in range(ENTRIES + 100):
        await memo.get(n, lambda n=n: number(n))  # type: ignore[misc]
    calls = 0

    async def again() -> int:
        nonlocal calls
        calls += 1
        return 0

    await memo.get(0, again)
    assert calls == 1  # the oldest was let go
    await memo.get(ENTRIES + 99, again)
    assert calls == 1  # the youngest was not


async def test_who_breaks_off_leaves_nothing_behind() -> None:
    async with world(many(20, 4)) as net, net.dns() as dns:
        for server in net.servers.values():
            server.silent = True
        task = asyncio.create_task(all_facts(dns, 20))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await dns.close()
        assert {each for each in asyncio.all_tasks() if "mailwizard" in repr(each)} == set()


async def few_files(limit: int) -> tuple[int, int, list[str]]:
    """How many answers came, how many called something missing, and the reasons of the others."""
    async with world(many(300, 75)) as net, net.dns() as dns:
        for server in net.servers.values():
            server.rtt = 0.02
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, 4096))
        answers = await all_facts(dns, 300)
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        return (
            sum(answer.outcome is Outcome.FOUND for answer in answers),
            sum(answer.is_missing for answer in answers),
            sorted({answer.why for answer in answers if answer.outcome is Outcome.UNKNOWN}),
        )


if __name__ == "__main__":
    print(json.dumps({limit: asyncio.run(few_files(limit)) for limit in (256, 190)}))
