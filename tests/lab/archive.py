"""archive.py SUITE VERSION PACKAGES POOL WEB [WITHOUT...]: Ubuntu's archive as the lab plays it, by packages of Debian.

PACKAGES is a Debian suite's own index (xz), POOL the folder whose files count, WEB the folder that becomes
http://archive.ubuntu.com/ubuntu; the packages named in WITHOUT are not in it. The Release files are still to be signed.
"""

from __future__ import annotations

import hashlib
import lzma
import sys
import time
from pathlib import Path

COMPONENTS = ("main", "restricted", "universe", "multiverse")
UNIVERSE = ("chasquid", "needrestart")
RELEASE = """Origin: Ubuntu
Label: Ubuntu
Suite: {name}
Version: {version}
Codename: {suite}
Date: {date}
Architectures: amd64
Components: {components}
Description: Ubuntu, as the lab plays it
SHA256:
{sums}"""


def stanzas(packages: Path, pool: Path, without: set[str]) -> dict[str, list[str]]:
    """The index's stanzas of packages that are in the pool, by component."""
    found: dict[str, list[str]] = {component: [] for component in COMPONENTS}
    for stanza in lzma.decompress(packages.read_bytes()).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[0] != " ")
        name = fields.get("Package", "")
        if name and name not in without and (pool.parent / fields["Filename"]).exists():
            found["universe" if name in UNIVERSE else "main"].append(stanza)
    return found


def write(dist: Path, suite: str, version: str, found: dict[str, list[str]]) -> None:
    """One suite's folder: an index for each component, and the Release file over them."""
    sums = ""
    for component, listed in found.items():
        path = f"{component}/binary-amd64/Packages"
        index = ("\n\n".join(listed) + "\n" * bool(listed)).encode()
        packed = lzma.compress(index)
        (dist / path).parent.mkdir(parents=True, exist_ok=True)
        (dist / f"{path}.xz").write_bytes(packed)
        for name, content in ((path, index), (f"{path}.xz", packed)):  # apt wants to know of both, and fetches one
            sums += f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"
    date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime())
    fields = {"name": dist.name, "suite": suite, "version": version, "date": date}
    (dist / "Release").write_text(RELEASE.format(components=" ".join(COMPONENTS), sums=sums, **fields))


def main(suite: str, version: str, packages: str, pool: str, web: str, *without: str) -> None:
    """The suite with its packages; -updates and -security are there, and empty."""
    found = stanzas(Path(packages), Path(pool), set(without))
    write(Path(web, "dists", suite), suite, version, found)
    for more in ("updates", "security"):
        write(Path(web, "dists", f"{suite}-{more}"), suite, version, {component: [] for component in COMPONENTS})
    print(f"{suite}: {sum(map(len, found.values()))} packages")


main(*sys.argv[1:])
