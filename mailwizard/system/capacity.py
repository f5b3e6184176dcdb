"""Memory and disk."""

from __future__ import annotations

import re

from mailwizard.errors import CommandFailed, FileMissing, FileUnreadable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host, text_of

LEAST_MEMORY, GOOD_MEMORY = 200, 450  # MiB: chasquid needs 50, installing packages about 200
LEAST_DISK, GOOD_DISK = 200, 1000  # MiB free: the packages need about 100, mail waiting to be sent the rest
_PLACES = ("/", "/var/lib")


async def memory(host: Host) -> Finding:
    """`os.memory`: what the machine has in all, from /proc/meminfo (proc(5))."""
    try:
        text = await text_of(host, "/proc/meminfo")
    except (FileMissing, FileUnreadable) as error:
        return _unknown("os.memory", "Memory", str(error), "/proc/meminfo")
    sizes = {match[1]: int(match[2]) // 1024 for match in re.finditer(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemTotal" not in sizes:
        return _unknown("os.memory", "Memory", "it does not say MemTotal", "/proc/meminfo")
    total = sizes["MemTotal"] + sizes.get("SwapTotal", 0)
    found = f"{sizes['MemTotal']} MiB, {sizes.get('SwapTotal', 0)} MiB swap"
    fix = f"Give this server {GOOD_MEMORY} MiB or more of memory, or add swap."
    return _enough("os.memory", "Memory", total, (LEAST_MEMORY, GOOD_MEMORY), (found,), "/proc/meminfo", fix)


async def disk(host: Host) -> Finding:
    """`os.disk`: the least that is free on / and /var/lib (df(1))."""
    try:
        ran = await host.run(("df", "-Pk", *_PLACES), timeout=10)
    except CommandFailed as error:
        return _unknown("os.disk", "Disk", str(error), "df")
    free = {words[5]: int(words[3]) // 1024 for line in ran.out.splitlines()[1:] if _is_row(words := line.split())}
    if not free:
        return _unknown("os.disk", "Disk", ran.err.strip() or "df says nothing", "df")
    found = tuple(f"{size} MiB free on {place}" for place, size in free.items())
    fix = f"Make room: remove what is not needed, or get a bigger disk ({GOOD_DISK} MiB free are good)."
    return _enough("os.disk", "Disk", min(free.values()), (LEAST_DISK, GOOD_DISK), found, "df", fix)


def _is_row(words: list[str]) -> bool:
    return len(words) >= 6 and words[3].isdigit()


def _enough(
    id: str, title: str, has: int, limits: tuple[int, int], found: tuple[str, ...], source: str, fix: str
) -> Finding:
    least, good = limits
    status = Status.FAILED if has < least else Status.WARNING if has < good else Status.OK
    poor = status is not Status.OK
    cause = "too_little" if poor else ""
    return Finding(id, status, title, "", f"{good} MiB or more", found, source, cause, fix if poor else "")


def _unknown(id: str, title: str, why: str, source: str) -> Finding:
    return Finding(id, Status.UNKNOWN, title, found=(why,), source=source, cause="no_answer")
