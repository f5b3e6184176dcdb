"""Single packages of Debian testing on a stable system, by a source and a pin that match nothing else.

apt_preferences(5): a priority below 0 keeps a version from ever being installed. Testing is named by its code name, so
that the server does not move on by itself when that release becomes stable.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailwizard import assets
from mailwizard.change import Change
from mailwizard.debian.mirror import CODENAME, KNOWN, SOURCES_PATH, debian_mirror, mirror_in_use
from mailwizard.debian.packages import candidate_version, numbers
from mailwizard.debian.refresh import RefreshTesting
from mailwizard.debian.release import Release
from mailwizard.host.protocol import Host

FENCE_PATH = "/etc/apt/preferences.d/mailwizard-testing"
UPGRADES_PATH = "/etc/apt/apt.conf.d/52mailwizard-testing"  # after the distribution's 50unattended-upgrades
DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"  # Debian's own updates keep it up to date
OWN_KEYRING = "/etc/apt/keyrings/mailwizard-debian-archive.asc"
_RELEASE = f"release o=Debian,n={CODENAME}"


def keyring_path(release: Release) -> str:
    """The keyring with the keys that sign Debian testing: Debian's own, on Ubuntu ours (keys of Debian 12 and 13)."""
    return OWN_KEYRING if release.is_ubuntu else DEBIAN_KEYRING


def sources_text(mirror: str, keyring: str) -> str:
    """The apt source (sources.list(5), deb822) of Debian testing's main at `mirror`."""
    return assets.template("apt-testing.sources.j2").render(mirror=mirror, suite=CODENAME, keyring=keyring)


def fence_text() -> str:
    """The pin that keeps every package of Debian testing out."""
    return assets.template("apt-testing-fence.j2").render(release=_RELEASE)


def pin_text(package: str) -> str:
    """The pin that lets one package in."""
    return assets.template("apt-testing-pin.j2").render(release=_RELEASE, package=package)


def upgrades_text() -> str:
    """What lets unattended-upgrade(8) take Debian testing's packages; the fence still keeps out all but the pinned."""
    return assets.template("apt-testing-upgrades.j2").render(suite=CODENAME)


async def no_mirror(host: Host, release: Release, named: str) -> str:
    """Why Debian testing's packages cannot be fetched, ending with what to do; empty when a mirror is known."""
    if await debian_mirror(host, release, named):
        return ""
    return (
        f"chasquid and acme.sh come from Debian testing, and no mirror of it answers ({', '.join(KNOWN)}). Check the "
        "server's network, or set debian_mirror in the [server] part of setup.toml to one that this server reaches."
    )


def new_source(changes: Iterable[Change]) -> str:
    """What it means that Debian testing becomes a source of packages; empty when none of the changes makes it one."""
    if all(change.title != SOURCES_PATH for change in changes):
        return ""
    return (
        "This system's own package is too old, or missing, so Debian testing becomes a source of this one package: "
        "all others are kept out, and the system's own updates keep it up to date."
    )


async def testing_changes(
    host: Host, release: Release, package: str, named: str, least: tuple[int, ...], installed: str
) -> list[Change]:
    """What lets apt install `package` from Debian testing, in an order in which nothing else ever could.

    `named`: the mirror of the user's answers, may be empty. Empty when the files are as they should be and `installed`
    or apt's candidate is at least `least`. Raises FileUnreadable.
    """
    from mailwizard.changes.files import write_file

    enough = numbers(installed) >= least
    # what is installed is not moved to another mirror because one was slow to answer today
    mirror = named or (await mirror_in_use(host) if enough else "") or await debian_mirror(host, release, named)
    source, why = sources_text(mirror.rstrip("/"), keyring_path(release)), f"Debian testing, for {package} alone"
    files = [
        *await write_file(host, FENCE_PATH, fence_text(), note="keeps Debian testing out"),
        *await write_file(host, _pin_path(package), pin_text(package), note=f"lets in {package} alone"),
        *await _own_keyring(host, release),
        *await write_file(host, SOURCES_PATH, source, note=f"{why}; updated with the system"),
    ]
    upgrades = await _upgrades(host)
    if enough or (not files and numbers(await candidate_version(host, package)) >= least):
        return [*files, *upgrades]
    return [*await _debian_keyring(host, release), *files, *upgrades, RefreshTesting()]


async def _upgrades(host: Host) -> list[Change]:
    """Nothing without unattended-upgrades; with it, security fixes reach the pinned packages as well."""
    from mailwizard.changes.files import write_file

    if await host.stat("/usr/bin/unattended-upgrade") is None:
        return []
    return await write_file(host, UPGRADES_PATH, upgrades_text(), note="upgrades what is pinned, too")


async def _own_keyring(host: Host, release: Release) -> list[Change]:
    """Debian's keys where the system does not have them; text, so that the user sees all that is trusted."""
    from mailwizard.changes.files import make_dir, write_file

    if not release.is_ubuntu:
        return []
    folder = OWN_KEYRING.rpartition("/")[0]
    made = [] if await host.stat(folder) else await make_dir(host, folder)
    keys = assets.read("keyrings/debian-archive.asc")
    return [*made, *await write_file(host, OWN_KEYRING, keys, note="Debian's archive keys, for this source alone")]


async def _debian_keyring(host: Host, release: Release) -> list[Change]:
    from mailwizard.changes.packages import InstallPackages

    there = release.is_ubuntu or await host.stat(DEBIAN_KEYRING)
    return [] if there else [InstallPackages(("debian-archive-keyring",))]


def _pin_path(package: str) -> str:
    return f"{FENCE_PATH.removesuffix('-testing')}-{package.replace('.', '-')}"
