"""Single packages of Debian testing, and that unattended upgrades reach them."""

from __future__ import annotations

from mailwizard.debian.testing import (
    FENCE_PATH,
    KEYRING,
    UPGRADES_PATH,
    fence_text,
    pin_text,
    sources_text,
    upgrades_text,
)
from mailwizard.debian.testing import (
    testing_changes as changes_for,
)
from mailwizard.host.imaginary import ImaginaryHost

MIRROR, LEAST = "http://mirror.example/debian", (1, 19)


async def titles(host: ImaginaryHost, installed: str = "") -> list[str]:
    return [change.title for change in await changes_for(host, "chasquid", MIRROR, LEAST, installed)]


def machine(**files: str) -> ImaginaryHost:
    return ImaginaryHost(files={KEYRING: "", "/etc/apt/": "", **files})


async def test_the_fence_stands_before_the_source_and_no_upgrade_is_arranged_unasked() -> None:
    found = await titles(machine())
    assert found[0] == FENCE_PATH and found[2].endswith(".sources") and UPGRADES_PATH not in found
    assert found[-1] == "Fetch the package list of Debian testing"


async def test_unattended_upgrades_take_the_pinned_packages_too() -> None:
    host = machine(**{"/usr/bin/unattended-upgrade": ""})
    assert UPGRADES_PATH in await titles(host)
    for change in await changes_for(host, "chasquid", MIRROR, LEAST, "1.19.0-1"):
        await change.perform(host, lambda line: None)
    assert host.text(UPGRADES_PATH).endswith('Origins-Pattern { "origin=Debian,codename=forky"; };\n')
    assert "Pin: release o=Debian,n=forky\n" in host.text(FENCE_PATH)  # the same release, and nothing of it unpinned
    assert await titles(host, "1.19.0-1") == []


async def test_they_are_arranged_later_without_fetching_anything() -> None:
    files = {
        FENCE_PATH: fence_text(),
        "/etc/apt/preferences.d/mailwizard-chasquid": pin_text("chasquid"),
        "/etc/apt/sources.list.d/mailwizard.sources": sources_text(MIRROR),
    }
    host = machine(**files, **{"/usr/bin/unattended-upgrade": ""})
    [change] = await changes_for(host, "chasquid", MIRROR, LEAST, "1.19.0-1")
    assert change.title == UPGRADES_PATH
    assert f"+{upgrades_text().splitlines()[1]}" in await change.diff(host)
