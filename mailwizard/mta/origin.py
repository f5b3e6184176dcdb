"""Where chasquid is to come from, which versions will do, and what is known against the others.

Facts: chasquid's release notes (docs/relnotes.md) and its security advisories.
"""

from __future__ import annotations

from enum import Enum

from mailwizard.answers import Server
from mailwizard.debian.packages import numbers
from mailwizard.debian.release import Release
from mailwizard.text import listed

LEAST = (1, 19)  # without known holes
SIGNS = (1, 14)  # before it chasquid cannot sign by DKIM
SOURCE_VERSION = "1.19.0"

_HOLES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((1, 13), "it lets a sender smuggle mail past the checks (CVE-2023-52354)"),
    ((1, 15, 1), "mail from Microsoft's servers may not get in (TLS session tickets)"),
    ((1, 19), "anybody can crash it from outside (GHSA-gxpq-7pw8-6jff, GHSA-fpm2-hmv2-6j82)"),
)
# the package with a Go that can fetch the one that chasquid needs (1.21 and later can); its name with -src is the rest
_GO = {
    ("ubuntu", "22.04"): "golang-1.23-go",
    ("ubuntu", "24.04"): "golang-1.23-go",
    ("ubuntu", "26.04"): "golang-1.26-go",
    ("debian", "13"): "golang-1.24-go",
}


class Origin(str, Enum):
    """Who makes the chasquid that is installed."""

    DISTRIBUTION = "distribution"
    TESTING = "debian-testing"
    SOURCE = "source"


def origin_of(server: Server) -> Origin:
    """The answer; `auto` is Debian testing's package, which runs on every release that mailwizard supports."""
    return Origin.TESTING if server.chasquid == "auto" else Origin(server.chasquid)


def holes(version: str) -> tuple[str, ...]:
    """What is known against `version`, each a clause about "it"; none from 1.19 on."""
    return tuple(words for fixed, words in _HOLES if numbers(version) < fixed)


def good_enough(version: str, origin: Origin) -> bool:
    """True when `version` may stay: without known holes, or asked for and able to sign."""
    return numbers(version) >= (SIGNS if origin is Origin.DISTRIBUTION else LEAST)


def go_package(release: Release) -> str:
    """The package that brings Go; empty where none will do."""
    return _GO.get((release.id, release.version), "")


def impossible(origin: Origin, release: Release, candidate: str) -> str:
    """Why chasquid cannot be built, or not be the distribution's, ending with what to do; empty when it can.

    `candidate`: what the distribution would install, empty for unknown.
    """
    other = 'Set chasquid = "auto" in the [server] part of setup.toml.'
    if origin is Origin.SOURCE and not go_package(release):
        return f"{release.id} {release.version} has no Go that is new enough to build chasquid. {other}"
    if origin is Origin.DISTRIBUTION and candidate and numbers(candidate) < SIGNS:
        return f"This system's own chasquid {candidate} cannot sign mail (DKIM). {other}"
    return ""


def holes_sentence(version: str) -> str:
    """What is known against `version` in one sentence; empty when nothing is."""
    known = holes(version)
    return f"chasquid {version} has known holes: {listed(known)}." if known else ""
