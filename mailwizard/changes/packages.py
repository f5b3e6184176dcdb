"""Installing packages with apt-get(8), unattended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import fields
from mailwizard.changes.apt import apt_get
from mailwizard.changes.apt_words import OUTDATED, sentence
from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import Host, Report
from mailwizard.text import listed


async def missing_packages(host: Host, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that are not installed (`name/suite` and `name=version` are looked up by name). Only reads."""
    bare = {name: name.split("/")[0].split("=")[0] for name in names}
    form = "${db:Status-Abbrev}\t${binary:Package}\n"
    ran = await host.run(["dpkg-query", "--show", f"--showformat={form}", *bare.values()])
    rows = [line.split("\t") for line in ran.out.splitlines() if "\t" in line]
    there = {package.split(":")[0] for status, package in rows if status.startswith("ii")}
    return tuple(name for name in names if bare[name] not in there)


async def install_packages(host: Host, names: Sequence[str], note: str = "") -> list[Change]:
    """Nothing when all are installed, else one InstallPackages of those that are not. Only reads."""
    missing = await missing_packages(host, names)
    return [InstallPackages(missing, note)] if missing else []


@dataclass(frozen=True)
class InstallPackages:
    """Debian packages and what they depend on, nothing recommended."""

    kind: ClassVar[str] = "install_packages"
    names: tuple[str, ...]
    note: str = ""

    @property
    def title(self) -> str:
        """`Install chasquid and adduser`."""
        return f"Install {listed(self.names)}"

    @property
    def detail(self) -> str:
        """The note."""
        return self.note

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"apt-get install --no-install-recommends {' '.join(self.names)}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Installs them, the lists fetched first where needed. Raises CommandFailed with a sentence."""
        install = ["install", "--yes", "--no-install-recommends", *self.names]
        fresh = await _lists_are_fresh(host) and await _all_known(host, self.names)
        warned = "" if fresh else await _update(host, report)
        ran = await apt_get(host, install, report)
        if fresh and OUTDATED.search(ran.err):  # fresh by their date alone: the mirror has newer packages by now
            warned = await _update(host, report)
            ran = await apt_get(host, install, report)
        if not ran.ok:
            raise CommandFailed(sentence(ran, "install", warned))

    async def inverse(self, host: Host) -> Change | None:
        """Removes those that are not installed now; what came along with them stays."""
        missing = await missing_packages(host, self.names)
        return RemovePackages(tuple(name.split("/")[0].split("=")[0] for name in missing)) if missing else None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        return kept | {"names": list(self.names)}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> InstallPackages:
        """Raises HostError when the record is damaged."""
        return cls(fields.texts(kept, "names"), fields.text(kept, "detail", ""))


@dataclass(frozen=True)
class RemovePackages:
    """Debian packages taken away. Not purged: a purge of a mail server removes its queue, and with it mail."""

    kind: ClassVar[str] = "remove_packages"
    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """`Remove chasquid and adduser`."""
        return f"Remove {listed(self.names)}"

    @property
    def detail(self) -> str:
        """What stays."""
        return "their data stays"

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"apt-get remove {' '.join(self.names)}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Removes them. Raises CommandFailed with what apt says in a sentence."""
        missing = await missing_packages(host, self.names)
        there = [name for name in self.names if name not in missing]
        ran = await apt_get(host, ["remove", "--yes", *there], report) if there else None
        if ran is not None and not ran.ok:
            raise CommandFailed(sentence(ran, "remove"))

    async def inverse(self, host: Host) -> Change | None:
        """Installs those that are there now."""
        missing = await missing_packages(host, self.names)
        there = tuple(name for name in self.names if name not in missing)
        return InstallPackages(there) if there else None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        return kept | {"names": list(self.names)}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RemovePackages:
        """Raises HostError when the record is damaged."""
        return cls(fields.texts(kept, "names"))


async def _lists_are_fresh(host: Host) -> bool:
    """True when a list was fetched in the last day (by its ctime: its mtime is that of the mirror's file)."""
    folder = "/var/lib/apt/lists"
    found = await host.run(["find", folder, "-maxdepth", "1", "-name", "*Release", "-ctime", "-1", "-print", "-quit"])
    return found.ok and bool(found.out.strip())


async def _all_known(host: Host, names: Sequence[str]) -> bool:
    """True when apt has a candidate for each name."""
    bare = [name.split("/")[0].split("=")[0] for name in names]
    policy = await host.run(["apt-cache", "policy", *bare])
    candidates = [line.split(":", 1)[1].strip() for line in policy.out.splitlines() if line.startswith("  Candidate:")]
    return len(candidates) == len(set(bare)) and "(none)" not in candidates


async def _update(host: Host, report: Report) -> str:
    """Fetches the lists; what apt complained of meanwhile. Raises CommandFailed with a sentence."""
    ran = await apt_get(host, ["update"], report)
    if not ran.ok:
        raise CommandFailed(sentence(ran, "update"))
    return ran.err
