"""Ten thousand damaged and hostile messages: never an error, never an unsafe character, never for long."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import pytest

from mailwizard.inspecting.inspection import Inspection, inspect
from mailwizard.inspecting.message import NoMessage, read_message
from mailwizard.text import printable
from tests.unit.inspecting.inspected import dns
from tests.unit.inspecting.signing import NAME, record, signed

SEEDS = [case.read_bytes() for case in sorted((Path(__file__).parents[2] / "cases" / "inspect").glob("*.eml"))]
PARTS = [
    *(
        b"(",
        b")",
        b'"',
        b"\\",
        b";",
        b"=",
        b"<",
        b">",
        b"[",
        b"]",
        b"@",
        b":",
        b",",
        b"%",
        b"\0",
        b"\x1b[2J",
        b"\r",
        b"\n",
    ),
    *(
        b"\r\n",
        b"\n\n",
        b"\t",
        b" " * 300,
        b"\xff\xfe",
        b"\xe2\x80\xae",
        b"\xc3",
        b"(" * 3000,
        b'"(' * 500,
        b"9" * 5000,
    ),
    *(
        b"Authentication-Results: mx.google.com; dmarc=pass",
        b"Received: from x by y; z",
        b"from",
        b"by",
        b"DKIM-Signature:",
    ),
    *(b"[red]", b"{0}", b"%s", b"-1", b"::", b"1.2.3.4.5", b"[IPv6:::ffff:1.2.3.4]", b"fe80::1%eth0", b"a." * 200),
]


def mutated(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at, end = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        kind = chance.randrange(6)
        if kind == 0:
            data = data[:at] + chance.choice(PARTS) + data[at:]
        elif kind == 1:
            data = data[:at] + data[min(end, at + 40) :]
        elif kind == 2:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        elif kind == 3:
            lines = data.split(b"\n")
            chance.shuffle(lines) if chance.random() < 0.1 else lines.reverse() if chance.random() < 0.1 else None
            lines.insert(chance.randrange(len(lines)), chance.choice(chance.choice(SEEDS).split(b"\n")))
            data = b"\n".join(lines)
        elif kind == 4:
            data = data[:at] + data[at : at + 200] * 3 + data[at:]
        else:
            data = data[: max(end, 60)]
    return data


def relaxed(body: bytes | None) -> list[list[bytes]]:
    """The words of each line, empty lines at the end left out (RFC 6376 section 3.4.4)."""
    return [line.split() for line in (body or b"").rstrip().split(b"\r\n")]


async def inspected(data: bytes, zone: dict[str, list[str]] | None) -> Inspection | None:
    try:
        message = read_message(data)
    except NoMessage as error:
        assert str(error)
        return None
    return await inspect(message, dns(zone))


def assert_safe(found: Inspection) -> None:
    assert found.exit_code in (0, 1, 3)
    for line in found.lines():
        assert line == printable(line)
        assert line.isprintable() or "\u00a0" in line or not line.isascii()
        assert "\n" not in line
    shown = json.dumps(found.as_json())
    assert shown.isascii() and shown.isprintable()


@pytest.mark.parametrize("seed", range(4))
def test_no_mutation_is_too_much(seed: int) -> None:
    chance = random.Random(20261124 + seed)
    zone = {"_dmarc.example.com TXT": ["v=DMARC1; p=reject"], "example.com TXT": ["v=spf1 a -all"]}

    async def run() -> int:
        read = 0
        for number in range(2250):
            found = await inspected(mutated(chance, chance.choice(SEEDS)), zone if number % 2 else None)
            if found:
                assert_safe(found)
                read += 1
        return read

    assert asyncio.run(run()) > 1800  # most are still messages, or nothing would be tried


def test_no_mutation_of_a_signed_message_passes_unseen() -> None:
    chance = random.Random(20261124)
    zone = {f"{NAME} TXT": [record()]}
    original = signed()
    body = relaxed(read_message(original).body)

    async def run() -> int:
        good = 0
        for _ in range(1000):
            data = mutated(chance, original)
            found = await inspected(data, zone)
            if found is None:
                continue
            assert_safe(found)
            if any("holds" in sentence for finding in found.findings for sentence in finding.found):
                good += 1
                message = read_message(data)
                assert [header.text for header in message.all("from")] == ["I <i@example.com>"]
                assert relaxed(message.body) == body
        return good

    assert asyncio.run(run()) < 300  # an insertion that relaxed rules allow, an unsigned line


@pytest.mark.parametrize(
    "data",
    [
        b"Received: " + b"(" * 1_000_000 + b"\nFrom: a@example.com\n",
        b"Received: " + b'"(' * 500_000 + b"\nFrom: a@example.com\n",
        b"Received: from " + b"[1.2.3.4]" * 100_000 + b"\nFrom: a@example.com\n",
        b"Authentication-Results: a; " + b"dkim=pass;" * 100_000 + b"\nFrom: a@example.com\n",
        b"From: " + b"<" * 1_000_000 + b"\n",
        b"From: " + b'"\\' * 500_000 + b"\n",
        b"From: " + b"a@b," * 250_000 + b"\n",
        b"Received: from a by b; c\n" * 100_000 + b"From: a@example.com\n",
        b"DKIM-Signature: v=1; d=example.com; s=mw\n" * 50_000 + b"From: a@example.com\n\nx\n",
        b"a\n" * 1_000_000,
        b" " * 5_000_000 + b"\nFrom: a@b\n",
        b"From: a@example.com\nReceived: by x\n\n" + b" " * 20_000_000,
        signed().replace(b"Hello  you", b"Hello" + b" " * 5_000_000 + b"x"),
        signed().replace(b"Subject: Hello", b"Subject: " + b"\t" * 1_000_000 + b"x"),
        signed().replace(b"; h=", b"; h=" + b"a:" * 3000),
        signed().replace(b"bh=", b"bh=" + b" \r\n " * 1500),
    ],
    ids=lambda data: repr(data[:20]),
)
async def test_monsters_are_read_in_time(data: bytes) -> None:
    found = await asyncio.wait_for(inspected(data, {f"{NAME} TXT": [record()]}), 60)
    if found:
        assert_safe(found)
