"""Single packages of Debian testing, and that unattended upgrades reach them."""

from __future__ import annotations

import base64
import hashlib
import re

from mailwizard import assets
from mailwizard.debian.mirror import SOURCES_PATH
from mailwizard.debian.release import Release
from mailwizard.debian.testing import (
    DEBIAN_KEYRING,
    FENCE_PATH,
    OWN_KEYRING,
    UPGRADES_PATH,
    fence_text,
    new_source,
    pin_text,
    sources_text,
    upgrades_text,
)
from mailwizard.debian.testing import (
    testing_changes as changes_for,
)
from mailwizard.host.imaginary import ImaginaryHost

TRIXIE, NOBLE = Release("debian", "13", "trixie"), Release("ubuntu", "24.04", "noble")
MIRROR, LEAST = "http://mirror.example/debian", (1, 19)


async def titles(host: ImaginaryHost, installed: str = "") -> list[str]:
    return [change.title for change in await changes_for(host, TRIXIE, "chasquid", MIRROR, LEAST, installed)]


def machine(**files: str) -> ImaginaryHost:
    return ImaginaryHost(files={DEBIAN_KEYRING: "", "/etc/apt/": "", **files})


async def test_the_fence_stands_before_the_source_and_no_upgrade_is_arranged_unasked() -> None:
    found = await titles(machine())
    assert found[0] == FENCE_PATH and found[2].endswith(".sources") and UPGRADES_PATH not in found
    assert found[-1] == "Fetch the package list of Debian testing"


async def test_unattended_upgrades_take_the_pinned_packages_too() -> None:
    host = machine(**{"/usr/bin/unattended-upgrade": ""})
    assert UPGRADES_PATH in await titles(host)
    for change in await changes_for(host, TRIXIE, "chasquid", MIRROR, LEAST, "1.19.0-1"):
        await change.perform(host, lambda line: None)
    assert host.text(UPGRADES_PATH).endswith('Origins-Pattern { "origin=Debian,codename=forky"; };\n')
    assert "Pin: release o=Debian,n=forky\n" in host.text(FENCE_PATH)  # the same release, and nothing of it unpinned
    assert await titles(host, "1.19.0-1") == []


async def test_they_are_arranged_later_without_fetching_anything() -> None:
    files = {
        FENCE_PATH: fence_text(),
        "/etc/apt/preferences.d/mailwizard-chasquid": pin_text("chasquid"),
        "/etc/apt/sources.list.d/mailwizard.sources": sources_text(MIRROR, DEBIAN_KEYRING),
    }
    host = machine(**files, **{"/usr/bin/unattended-upgrade": ""})
    [change] = await changes_for(host, TRIXIE, "chasquid", MIRROR, LEAST, "1.19.0-1")
    assert change.title == UPGRADES_PATH
    assert f"+{upgrades_text().splitlines()[1]}" in await change.diff(host)


async def test_ubuntu_gets_the_keys_before_the_source_that_names_them() -> None:
    host = ImaginaryHost(files={"/etc/apt/preferences.d/": "", "/etc/apt/sources.list.d/": ""})
    found = [change.title for change in await changes_for(host, NOBLE, "chasquid", MIRROR, LEAST, "")]
    assert found.index("/etc/apt/keyrings/") < found.index(OWN_KEYRING) < found.index(SOURCES_PATH)
    assert f"Signed-By: {OWN_KEYRING}\n" in sources_text(MIRROR, OWN_KEYRING)


# ftp-master.debian.org/keys.html: the automatic signing keys of Debian 12 and 13, and what they sign with
FINGERPRINTS = {
    "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8",
    "4CB50190207B4758A3F73A796ED0E7B82643E131",
    "04B54C3CDCA79751B16BC6B5225629DF75B188BD",
    "B8E5F13176D2A7A75220028078DBA3BC47EF2265",
}


def test_the_keyring_holds_these_keys_and_no_other() -> None:
    assert fingerprints(assets.read("keyrings/debian-archive.asc")) == FINGERPRINTS


def fingerprints(armored: str) -> set[str]:
    """Those of all keys and subkeys in an armored OpenPGP keyring (RFC 4880 sections 4.2, 5.5.2, 6.2 and 12.2)."""
    [block] = re.findall(r"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n(.*?)\n=", armored, re.DOTALL)
    data, found = base64.b64decode(block), set()
    while data:
        tag, length, data = (data[0] >> 2) & 15, *old_length(data)
        if tag in (6, 14):  # a key, a subkey
            found.add(hashlib.sha1(b"\x99" + length.to_bytes(2, "big") + data[:length]).hexdigest().upper())
        data = data[length:]
    return found


def old_length(data: bytes) -> tuple[int, bytes]:
    """The length of the packet that `data` begins with (old format), and what follows the header."""
    assert data[0] & 0xC0 == 0x80, "not a packet of the old format"
    size = 1 << (data[0] & 3)
    return int.from_bytes(data[1 : 1 + size], "big"), data[1 + size :]


async def test_a_new_source_of_packages_is_explained_where_it_comes() -> None:
    changes = await changes_for(machine(), TRIXIE, "chasquid", MIRROR, LEAST, "")
    assert "all others are kept out" in new_source(changes)
    assert new_source([change for change in changes if change.title != SOURCES_PATH]) == ""
