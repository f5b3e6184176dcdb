"""Memory and disk."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwizard.errors import CommandFailed, FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of


@dataclass(frozen=True)
class Need:
    """MiB of memory (with swap) and of free disk: the least, and what is good."""

    memory: tuple[int, int]
    disk: tuple[int, int]


# chasquid needs 50 MiB of memory, installing packages about 200; the packages 100 MiB of disk, waiting mail the rest
INSTALLING = Need((200, 450), (200, 1000))
# Go's compiler, the newer one that it fetches, and what both keep while they build
BUILDING = Need((450, 900), (2000, 3000))
_PLACES = ("/", "/var/lib")


async def memory(host: Host, need: Need) -> Finding:
    """`os.memory`: what the machine has in all, from /proc/meminfo (proc(5))."""
    try:
        text = await text_of(host, "/proc/meminfo")
    except (FileMissing, FileUnreadable) as error:
        return _unknown("os.memory", "Memory", str(error), "/proc/meminfo")
    sizes = {match[1]: int(match[2]) // 1024 for match in re.finditer(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemTotal" not in sizes:
        return _unknown("os.memory", "Memory", "it does not say MemTotal", "/proc/meminfo")
    total = sizes["MemTotal"] + sizes.get("SwapTotal", 0)
    swap = f"{told(sizes['SwapTotal'])} of swap" if sizes.get("SwapTotal") else "no swap"
    found = f"{told(sizes['MemTotal'])}, {swap}"
    fix = f"Give this server {told(need.memory[1])} or more of memory, or add swap."
    return _enough("os.memory", "Memory", total, need.memory, (found,), "/proc/meminfo", fix)


async def disk(host: Host, need: Need) -> Finding:
    """`os.disk`: the least that is free on / and /var/lib (df(1))."""
    try:
        ran = await host.run(("df", "-Pk", *_PLACES), timeout=10)
    except CommandFailed as error:
        return _unknown("os.disk", "Disk", str(error), "df")
    free = {words[5]: int(words[3]) // 1024 for line in ran.out.splitlines()[1:] if _is_row(words := line.split())}
    if not free:
        return _unknown("os.disk", "Disk", ran.err.strip() or "df says nothing", "df")
    found = tuple(f"{told(size)} free on {place}" for place, size in free.items())
    fix = f"Make room: remove what is not needed, or get a bigger disk ({told(need.disk[1])} free are good)."
    return _enough("os.disk", "Disk", min(free.values()), need.disk, found, "df", fix)


def told(size: int) -> str:
    """A size in MiB as it is read: `450 MiB`, from ten thousand on `19.5 GiB`."""
    return f"{size} MiB" if size < 10_000 else f"{size / 1024:.1f} GiB"


def _is_row(words: list[str]) -> bool:
    return len(words) >= 6 and words[3].isdigit()


def _enough(
    id: str, title: str, has: int, limits: tuple[int, int], found: tuple[str, ...], source: str, fix: str
) -> Finding:
    least, good = limits
    status = Status.FAILED if has < least else Status.WARNING if has < good else Status.OK
    poor = status is not Status.OK
    cause = "too_little" if poor else ""
    return Finding(id, status, title, "", f"{told(good)} or more", found, source, cause, fix if poor else "")


def _unknown(id: str, title: str, why: str, source: str) -> Finding:
    return Finding(id, Status.UNKNOWN, title, found=(why,), source=source, cause="no_answer")
