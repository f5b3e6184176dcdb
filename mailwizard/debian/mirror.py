"""The Debian mirror to take testing's packages from: the user's answer, else apt's own, else a known one."""

from __future__ import annotations

import re

from mailwizard.debian.release import Release
from mailwizard.errors import FileMissing, FileUnreadable, Unreachable
from mailwizard.host.protocol import Host, text_of

CODENAME = "forky"  # Debian testing
SOURCES_PATH = "/etc/apt/sources.list.d/mailwizard.sources"
KNOWN = ("http://ftp.debian.org/debian", "http://ftp.de.debian.org/debian", "http://ftp.us.debian.org/debian")
_LIST_FOLDER = "/etc/apt/sources.list.d"
_ONE_LINE = re.compile(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$", re.MULTILINE)
_FORM = "$(REPO_URI) $(RELEASE) $(CODENAME) $(ORIGIN)"
_TARGETS = ("apt-get", "indextargets", "--format", _FORM, "Component: main")


async def debian_mirror(host: Host, release: Release, named: str) -> str:
    """The mirror's address, without the last slash: `named`, else apt's own on Debian, else the first known one that
    answers. Empty when there is none. Only reads."""
    own = "" if named or release.is_ubuntu else await _of_apt(host, release)
    return (named or own).rstrip("/") or await _answering(host)


async def mirror_in_use(host: Host) -> str:
    """The known mirror that the source of Debian testing names already; empty when it names none, or another."""
    try:
        found = from_stanzas(await text_of(host, SOURCES_PATH), CODENAME)
    except (FileMissing, FileUnreadable):
        return ""
    return next((mirror for mirror in found if mirror in KNOWN), "")


async def _answering(host: Host) -> str:
    """The first known mirror that has Debian testing, the one in use before the others."""
    for mirror in dict.fromkeys((await mirror_in_use(host), *KNOWN)):
        try:
            status, _ = await host.fetch(f"{mirror}/dists/{CODENAME}/InRelease") if mirror else (0, b"")
        except Unreachable:
            continue  # the next one may answer
        if status == 200:
            return mirror
    return ""


async def _of_apt(host: Host, release: Release) -> str:
    """The mirror that apt itself uses for this release of Debian; empty when its sources name none."""
    told = await host.run(_TARGETS)
    found = from_targets(told.out if told.ok else "", release.codename)
    return (found or await _written(host, release.codename) or [""])[0]


def from_targets(text: str, codename: str) -> list[str]:
    """The addresses that apt has for `codename`'s main, Debian's own first, for others have such a suite as well.

    What apt has not fetched yet says neither code name nor origin; only Debian has `-updates` beside it.
    """
    rows = [(*line.split(" ", 3), "", "")[:4] for line in text.splitlines() if " " in line]
    whole = {uri for uri, suite, *_ in rows if suite == f"{codename}-updates"}
    found = [(origin != "Debian", uri not in whole, uri) for uri, *names, origin in rows if codename in names]
    return [uri for *_, uri in sorted(found, key=lambda row: row[:2])]


async def _written(host: Host, codename: str) -> list[str]:
    """The mirrors of `codename` as apt's own files name them (its lists may never have been fetched)."""
    try:
        names = await host.list(_LIST_FOLDER)
    except FileMissing:
        names = []
    paths = ["/etc/apt/sources.list", *(f"{_LIST_FOLDER}/{name}" for name in names)]
    found: list[str] = []
    for path in paths:
        try:
            text = await text_of(host, path)
        except (FileMissing, FileUnreadable):
            continue  # a file that cannot be read names no mirror; the next one may
        found += from_stanzas(text, codename) if path.endswith(".sources") else from_lines(text, codename)
    return found


def from_lines(text: str, codename: str) -> list[str]:
    """The addresses that a sources.list(5) in one-line style has for `codename`'s main."""
    return [uri for uri, suite, parts in _ONE_LINE.findall(text) if suite == codename and "main" in parts.split()]


def from_stanzas(text: str, codename: str) -> list[str]:
    """The addresses that a deb822 `.sources` file has for `codename`'s main; stanzas switched off do not count."""
    found: list[str] = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = (line for line in stanza.splitlines() if not line.lstrip().startswith("#"))
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", "\n".join(lines), re.MULTILINE))
        words = {name.lower(): value.split() for name, value in fields.items()}
        on = words.get("enabled", ["yes"])[0].lower() not in ("no", "false", "0", "off")
        if on and "deb" in words.get("types", []) and codename in words.get("suites", []):
            found += words.get("uris", []) if "main" in words.get("components", []) else []
    return found
