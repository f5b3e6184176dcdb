"""Which systems are taken, and what is said to the others."""

from __future__ import annotations

import pytest

from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.system.release import fields, finding, is_supported, release


@pytest.mark.parametrize(
    ("id", "version"),
    [("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("ubuntu", "26.04")],
)
def test_these_are_taken(id: str, version: str) -> None:
    os = fields(f'PRETTY_NAME="X {version}"\nID={id}\nVERSION_ID="{version}"\n')
    assert is_supported(os) and finding(os).status is Status.OK


@pytest.mark.parametrize(
    ("text", "cause", "words"),
    [
        (
            "ID=debian\nVERSION_ID=11\nPRETTY_NAME='Debian GNU/Linux 11 (bullseye)'",
            "unsupported",
            "Debian GNU/Linux 11",
        ),
        ('PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n', "unsupported", "forky/sid"),
        ("ID=ubuntu\nVERSION_ID='25.10'\nNAME=Ubuntu", "unsupported", "Ubuntu"),
        ("ID=rocky\nVERSION_ID=9.5\nNAME='Rocky Linux'", "unsupported", "Rocky Linux"),
        ("NAME=TinyCore\nID=tinycore\nVERSION_ID=13.1", "not_installed_yet", "wait some minutes"),
        ('NAME="Tiny Core Linux"\nPRETTY_NAME="TinyCore 13"\n', "not_installed_yet", "wait some minutes"),
        ("garbage ' line\n= =\n", "unknown", "Install Debian 12"),
    ],
)
def test_others_are_refused_by_name(text: str, cause: str, words: str) -> None:
    found = finding(fields(text))
    assert (found.status, found.cause) == (Status.FAILED, cause)
    assert words in found.fix and found.waits


async def test_the_vendors_file_is_read_where_etc_has_none() -> None:
    host = ImaginaryHost(files={"/usr/lib/os-release": "ID=debian\nVERSION_ID=13 # trixie\n"})
    assert await release(host) == {"ID": "debian", "VERSION_ID": "13"}
    assert await release(ImaginaryHost()) == {}
