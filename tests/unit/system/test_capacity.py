"""Memory and disk: enough, too little, or not to be told."""

from __future__ import annotations

import pytest

from mailwizard.errors import CommandFailed
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.system.capacity import BUILDING, INSTALLING, disk, memory

DF = ("df", "-Pk", "/", "/var/lib")


def meminfo(total: int, swap: int) -> ImaginaryHost:
    return ImaginaryHost(files={"/proc/meminfo": f"MemTotal:  {total * 1024} kB\nSwapTotal: {swap * 1024} kB\n"})


@pytest.mark.parametrize(
    ("total", "swap", "status"),
    [(8000, 0, Status.OK), (256, 512, Status.OK), (256, 0, Status.WARNING), (128, 0, Status.FAILED)],
)
async def test_memory(total: int, swap: int, status: Status) -> None:
    found = await memory(meminfo(total, swap), INSTALLING)
    assert found.status is status and found.found == (f"{total} MiB, {f'{swap} MiB of swap' if swap else 'no swap'}",)


async def test_memory_that_nobody_tells_is_unknown() -> None:
    assert (await memory(ImaginaryHost(), INSTALLING)).status is Status.UNKNOWN
    assert (await memory(ImaginaryHost(files={"/proc/meminfo": "x"}), INSTALLING)).status is Status.UNKNOWN


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
    found = await disk(ImaginaryHost(commands={DF: text}), INSTALLING)
    assert found.status is status and bool(found.fix) is (status in (Status.WARNING, Status.FAILED))


async def test_a_disk_that_hangs_is_unknown() -> None:
    assert (
        await disk(ImaginaryHost(commands={DF: CommandFailed("df took too long")}), INSTALLING)
    ).status is Status.UNKNOWN


async def test_building_chasquid_takes_more_than_installing_it() -> None:
    host = meminfo(400, 0)
    host.commands[DF] = df(("/", 1500))
    for ask, least in ((memory, "900 MiB or more"), (disk, "3000 MiB free are good")):
        assert (await ask(host, INSTALLING)).status in (Status.OK, Status.WARNING)
        found = await ask(host, BUILDING)
        assert found.status is Status.FAILED and least in found.fix
