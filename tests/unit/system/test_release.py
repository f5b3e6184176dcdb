"""Which systems are taken, and what is said to the others."""

from __future__ import annotations

import pytest

from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.system.release import architecture, fields, finding, is_supported, release
from tests.unit.system.images import os_release


@pytest.mark.parametrize("kind", ["amd64", "arm64", ""])
@pytest.mark.parametrize(
    ("id", "version"),
    [("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("ubuntu", "26.04")],
)
def test_these_are_taken(id: str, version: str, kind: str) -> None:
    os = fields(f'PRETTY_NAME="X {version}"\nID={id}\nVERSION_ID="{version}"\n')
    assert is_supported(os, kind) and finding(os, kind).status is Status.OK


@pytest.mark.parametrize("image", ["jammy", "noble", "resolute"])
def test_ubuntus_own_files_are_understood(image: str) -> None:
    found = finding(fields(os_release(image)), "amd64")
    assert found.status is Status.OK and found.found[0].startswith("Ubuntu 2")


INTERIM = "it is an interim release, with updates for nine months only"


@pytest.mark.parametrize(
    ("version", "codename", "words"),
    [
        ("25.04", "plucky", f"Ubuntu 25.04 (plucky) is not supported: {INTERIM} (until January 2026). Install "),
        ("23.10", "mantic", f"Ubuntu 23.10 (mantic) is not supported: {INTERIM} (until July 2024). Install "),
        ("25.10", "questing", f"Ubuntu 25.10 (questing) is not supported: {INTERIM} (until July 2026). Install "),
        ("20.04", "focal", "Ubuntu 20.04 (focal) is not supported: its standard support ended in 2025. Install "),
        ("28.04", "", "Ubuntu 28.04 is not supported: mailwizard does not know it yet. Install "),
        ("30.07", "", "Ubuntu 30.07 is not supported. Install "),
    ],
)
def test_another_ubuntu_is_refused_by_name_and_told_which_to_install(version: str, codename: str, words: str) -> None:
    coded = f"VERSION_CODENAME={codename}\n" if codename else ""
    found = finding(fields(f'PRETTY_NAME="Ubuntu {version}"\nID=ubuntu\nVERSION_ID="{version}"\n{coded}'), "amd64")
    assert (found.status, found.cause) == (Status.FAILED, "unsupported")
    assert found.fix.startswith(words) and "Ubuntu 24.04 LTS or 26.04 LTS, or Debian 13" in found.fix


@pytest.mark.parametrize("kind", ["i386", "armhf", "riscv64"])
def test_another_kind_of_machine_is_refused_by_name(kind: str) -> None:
    os = fields(os_release("noble"))
    found = finding(os, kind)
    assert (found.status, found.cause) == (Status.FAILED, "architecture") and not is_supported(os, kind)
    assert f"for {kind} is not supported" in found.fix and "amd64 and arm64" in found.fix and found.found[-1] == kind


async def test_dpkg_says_for_which_kind_of_machine_it_installs() -> None:
    host = ImaginaryHost(commands={("dpkg", "--print-architecture"): "arm64\n"})
    assert await architecture(host) == "arm64"
    assert await architecture(ImaginaryHost()) == ""


@pytest.mark.parametrize(
    ("text", "cause", "words"),
    [
        (
            "ID=debian\nVERSION_ID=11\nPRETTY_NAME='Debian GNU/Linux 11 (bullseye)'",
            "unsupported",
            "Debian GNU/Linux 11",
        ),
        ('PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n', "unsupported", "forky/sid"),
        ("ID=ubuntu\nVERSION_ID='25.10'\nNAME=Ubuntu", "unsupported", "Ubuntu 25.10 is not supported"),
        ("ID=rocky\nVERSION_ID=9.5\nNAME='Rocky Linux'", "unsupported", "Rocky Linux"),
        ("NAME=TinyCore\nID=tinycore\nVERSION_ID=13.1", "not_installed_yet", "wait some minutes"),
        ('NAME="Tiny Core Linux"\nPRETTY_NAME="TinyCore 13"\n', "not_installed_yet", "wait some minutes"),
        ("garbage ' line\n= =\n", "unknown", "Install Ubuntu 24.04"),
    ],
)
def test_others_are_refused_by_name(text: str, cause: str, words: str) -> None:
    found = finding(fields(text), "amd64")
    assert (found.status, found.cause) == (Status.FAILED, cause)
    assert words in found.fix and found.waits


async def test_the_vendors_file_is_read_where_etc_has_none() -> None:
    host = ImaginaryHost(files={"/usr/lib/os-release": "ID=debian\nVERSION_ID=13 # trixie\n"})
    assert await release(host) == {"ID": "debian", "VERSION_ID": "13"}
    assert await release(ImaginaryHost()) == {}
