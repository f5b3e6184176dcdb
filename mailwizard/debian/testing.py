"""Single packages of Debian testing on a stable system, by a source and a pin that match nothing else.

apt_preferences(5): a priority below 0 keeps a version from ever being installed. Testing is named by its code name, so
that the server does not move on by itself when that release becomes stable.
"""

from __future__ import annotations

from mailwizard import assets
from mailwizard.change import Change
from mailwizard.debian.packages import candidate_version, numbers
from mailwizard.debian.refresh import SOURCES_PATH, RefreshTesting
from mailwizard.host.protocol import Host

CODENAME = "forky"
FENCE_PATH = "/etc/apt/preferences.d/mailwizard-testing"
UPGRADES_PATH = "/etc/apt/apt.conf.d/52mailwizard-testing"  # after the distribution's 50unattended-upgrades
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_RELEASE = f"release o=Debian,n={CODENAME}"


def sources_text(mirror: str) -> str:
    """The apt source (sources.list(5), deb822) of Debian testing's main at `mirror`."""
    return assets.template("apt-testing.sources.j2").render(mirror=mirror, suite=CODENAME, keyring=KEYRING)


def fence_text() -> str:
    """The pin that keeps every package of Debian testing out."""
    return assets.template("apt-testing-fence.j2").render(release=_RELEASE)


def pin_text(package: str) -> str:
    """The pin that lets one package in."""
    return assets.template("apt-testing-pin.j2").render(release=_RELEASE, package=package)


def upgrades_text() -> str:
    """What lets unattended-upgrade(8) take Debian testing's packages; the fence still keeps out all but the pinned."""
    return assets.template("apt-testing-upgrades.j2").render(suite=CODENAME)


async def testing_changes(
    host: Host, package: str, mirror: str, least: tuple[int, ...], installed: str
) -> list[Change]:
    """What lets apt install `package` from Debian testing at `mirror`, in an order in which nothing else ever could.

    Empty when the files stand and `installed` or apt's candidate is at least `least`. Raises FileUnreadable.
    """
    from mailwizard.changes.files import write_file

    files = [
        *await write_file(host, FENCE_PATH, fence_text(), note="keeps Debian testing out"),
        *await write_file(host, _pin_path(package), pin_text(package), note=f"lets in {package} alone"),
        *await write_file(host, SOURCES_PATH, sources_text(mirror), note="Debian testing"),
    ]
    upgrades = await _upgrades(host)
    if numbers(installed) >= least or (not files and numbers(await candidate_version(host, package)) >= least):
        return [*files, *upgrades]
    return [*await _keyring(host), *files, *upgrades, RefreshTesting()]


async def _upgrades(host: Host) -> list[Change]:
    """Nothing without unattended-upgrades; with it, security fixes reach the pinned packages as well."""
    from mailwizard.changes.files import write_file

    if await host.stat("/usr/bin/unattended-upgrade") is None:
        return []
    return await write_file(host, UPGRADES_PATH, upgrades_text(), note="upgrades what is pinned, too")


async def _keyring(host: Host) -> list[Change]:
    from mailwizard.changes.packages import InstallPackages

    return [] if await host.stat(KEYRING) else [InstallPackages(("debian-archive-keyring",))]


def _pin_path(package: str) -> str:
    return f"{FENCE_PATH.removesuffix('-testing')}-{package.replace('.', '-')}"
