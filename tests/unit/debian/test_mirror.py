"""Which release, which mirror, which version."""

from __future__ import annotations

import pytest

from mailwizard.debian.mirror import (
    KNOWN,
    SOURCES_PATH,
    debian_mirror,
    from_lines,
    from_stanzas,
    from_targets,
    mirror_in_use,
)
from mailwizard.debian.packages import candidate_version, installed_version, numbers
from mailwizard.debian.release import Release, parse_release, release_of
from mailwizard.debian.testing import OWN_KEYRING, sources_text
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran

BOOKWORM = Release("debian", "12", "bookworm")
STANZAS = """# the first is off
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
# a comment
URIs: http://good.example/debian/
 http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
"""
LINES = """deb-src http://src.example/debian bookworm main
# deb http://comment.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb http://contrib.example/debian bookworm contrib
deb [arch=amd64 signed-by=/x.gpg] http://good.example/debian bookworm main contrib
"""


def test_a_mirror_is_read_from_either_form() -> None:
    assert from_stanzas(STANZAS, "bookworm") == ["http://good.example/debian/", "http://second.example/debian"]
    assert from_lines(LINES, "bookworm") == ["http://good.example/debian"]
    assert from_stanzas("no stanza at all", "bookworm") == from_lines("", "bookworm") == []


async def test_apt_itself_is_asked_first() -> None:
    told = "http://a.example/debian-security/ bookworm-security\nmirror+file:/etc/apt/mirrors/debian.list bookworm\n"
    host = ImaginaryHost(commands={("apt-get", "indextargets", ...): told})
    assert await debian_mirror(host, BOOKWORM, "") == "mirror+file:/etc/apt/mirrors/debian.list"


def test_another_source_with_the_same_suite_is_no_debian_mirror() -> None:
    fetched = (
        "https://pkg.cloud.example/tunnel/ bookworm bookworm tunnel inc\n"
        "http://m.example/debian/ oldstable bookworm Debian\n"
        "http://m.example/debian-security/ bookworm-security bookworm-security Debian\n"
    )
    assert from_targets(fetched, "bookworm")[0] == "http://m.example/debian/", "named by suite or by code name"
    new = (
        "https://pkg.cloud.example/tunnel/ bookworm $(CODENAME) $(ORIGIN)\n"
        "http://m.example/debian/ bookworm $(CODENAME) $(ORIGIN)\n"
        "http://m.example/debian/ bookworm-updates $(CODENAME) $(ORIGIN)\n"
    )
    assert from_targets(new, "bookworm")[0] == "http://m.example/debian/"
    assert from_targets("", "bookworm") == from_targets("nonsense\n", "bookworm") == []


async def test_its_files_are_read_where_it_knows_nothing_yet() -> None:
    host = ImaginaryHost(
        {"/etc/apt/sources.list": "# empty\n", "/etc/apt/sources.list.d/debian.sources": STANZAS},
        {("apt-get", "indextargets", ...): ""},
    )
    assert await debian_mirror(host, BOOKWORM, "") == "http://good.example/debian"
    assert await debian_mirror(ImaginaryHost(), BOOKWORM, "") == ""


NOBLE = Release("ubuntu", "24.04", "noble")


def mirrors(*answering: str) -> ImaginaryHost:
    pages = {f"{mirror}/dists/forky/InRelease": (200 if mirror in answering else 404, b"") for mirror in KNOWN[1:]}
    return ImaginaryHost(commands={("apt-get", "indextargets", ...): "http://ubuntu.example/ noble\n"}, pages=pages)


async def test_on_ubuntu_it_is_the_first_known_one_that_answers() -> None:
    assert await debian_mirror(mirrors(*KNOWN), NOBLE, "") == KNOWN[1]
    assert await debian_mirror(mirrors(KNOWN[2]), NOBLE, "") == KNOWN[2]
    assert await debian_mirror(mirrors(), NOBLE, "") == ""
    assert await debian_mirror(mirrors(*KNOWN), NOBLE, "http://d.example/debian/") == "http://d.example/debian"


async def test_the_mirror_in_use_is_asked_first_and_only_a_known_one_counts() -> None:
    host = mirrors(*KNOWN)
    host.files[SOURCES_PATH] = ImaginaryFile(sources_text(KNOWN[2], OWN_KEYRING).encode())
    assert await mirror_in_use(host) == await debian_mirror(host, NOBLE, "") == KNOWN[2]
    host.files[SOURCES_PATH] = ImaginaryFile(sources_text("http://named.example/debian", OWN_KEYRING).encode())
    assert await mirror_in_use(host) == "" and await debian_mirror(host, NOBLE, "") == KNOWN[1]


async def test_a_debian_that_names_no_mirror_takes_a_known_one_too() -> None:
    assert await debian_mirror(mirrors(KNOWN[1]), BOOKWORM, "") == KNOWN[1]


@pytest.mark.parametrize(
    ("text", "release", "own"),
    [
        ('ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n', Release("debian", "13", "trixie"), True),
        ("ID=debian\nVERSION_ID='12'\nVERSION_CODENAME=bookworm\n", BOOKWORM, False),
        ('NAME="x\nID=ubuntu\nVERSION_ID="26.04"\n', Release("ubuntu", "26.04", ""), False),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', Release("ubuntu", "24.04", ""), False),
        ("ID=debian\nVERSION_CODENAME=forky\n", Release("debian", "", "forky"), False),
        ("", Release(), False),
    ],
)
def test_the_release_is_read(text: str, release: Release, own: bool) -> None:
    assert parse_release(text) == release and release.has_acme_package is own


async def test_no_release_file_is_no_release() -> None:
    assert await release_of(ImaginaryHost()) == Release()


@pytest.mark.parametrize(
    ("version", "found"),
    [("1.19.0-1", (1, 19, 0)), ("1:3.1.5+~cs0.0.2026-1", (3, 1, 5)), ("1.15.0-1+b4", (1, 15, 0)), ("", ()), ("x", ())],
)
def test_a_versions_numbers(version: str, found: tuple[int, ...]) -> None:
    assert numbers(version) == found


async def test_versions_are_asked_of_dpkg_and_apt() -> None:
    query = ("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}")
    host = ImaginaryHost(
        commands={
            (*query, "chasquid"): "installed 1.19.0-1",
            (*query, "gone"): "config-files 1.0",
            (*query, "none"): Ran((), 1, "", "no packages found"),
            ("apt-cache", "policy", "chasquid"): "chasquid:\n  Installed: (none)\n  Candidate: 1.15.0-1\n",
            ("apt-cache", "policy", "none"): "none:\n  Candidate: (none)\n",
        }
    )
    assert [await installed_version(host, name) for name in ("chasquid", "gone", "none")] == ["1.19.0-1", "", ""]
    assert [await candidate_version(host, name) for name in ("chasquid", "none")] == ["1.15.0-1", ""]
