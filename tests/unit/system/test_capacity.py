"""Memory and disk: enough, too little, or not to be told."""

from __future__ import annotations

import pytest

from mailwizard.errors import CommandFailed
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.system.capacity import disk, memory

DF = ("df", "-Pk", "/", "/var/lib")


def meminfo(total: int, swap: int) -> ImaginaryHost:
    return ImaginaryHost(files={"/proc/meminfo": f"MemTotal:  {total * 1024} kB\nSwapTotal: {swap * 1024} kB\n"})


@pytest.mark.parametrize(
    ("total", "swap", "status"),
    [(8000, 0, Status.OK), (256, 512, Status.OK), (256, 0, Status.WARNING), (128, 0, Status.FAILED)],
)
async def test_memory(total: int, swap: int, status: Status) -> None:
    found = await memory(meminfo(total, swap))
    assert found.status is status and found.found == (f"{total} MiB, {swap} MiB swap",)


async def test_memory_that_nobody_tells_is_unknown() -> None:
    assert (await memory(ImaginaryHost())).status is Status.UNKNOWN
    assert (await memory(ImaginaryHost(files={"/proc/meminfo": "x"}))).status is Status.UNKNOWN


def df(*free: tuple[str, int]) -> str:
    rows = [f"/dev/vda1 99999999 1 {size * 1024} 1% {place}" for place, size in free]
    return "\n".join(["Filesystem 1024-blocks Used Available Capacity Mounted on", *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (df(("/", 5000), ("/", 5000)), Status.OK),
        (df(("/", 5000), ("/var/lib", 300)), Status.WARNING),
        (df(("/", 100), ("/var/lib", 5000)), Status.FAILED),
        ("", Status.UNKNOWN),
    ],
)
async def test_disk(text: str, status: Status) -> None:
    found = await disk(ImaginaryHost(commands={DF: text}))
    assert found.status is status and bool(found.fix) is (status in (Status.WARNING, Status.FAILED))


async def test_a_disk_that_hangs_is_unknown() -> None:
    assert (await disk(ImaginaryHost(commands={DF: CommandFailed("df took too long")}))).status is Status.UNKNOWN
