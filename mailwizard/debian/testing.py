"""Single packages of Debian testing on a stable system, by a source and a pin that match nothing else.

apt_preferences(5): a priority below 0 keeps a version from ever being installed. Testing is named by its code name, so
that the server does not move on by itself when that release becomes stable.
"""

from __future__ import annotations

from mailwizard.change import Change
from mailwizard.debian.packages import candidate_version, numbers
from mailwizard.debian.release import Release
from mailwizard.host.protocol import Host

CODENAME = "forky"
SOURCES_PATH = "/etc/apt/sources.list.d/mailwizard.sources"
FENCE_PATH = "/etc/apt/preferences.d/mailwizard-testing"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_RELEASE = f"release o=Debian,n={CODENAME}"
_UPDATE = ("apt-get", "update", "-q", "-o", f"Dir::Etc::sourcelist={SOURCES_PATH}", "-o", "Dir::Etc::sourceparts=-")


def sources_text(mirror: str) -> str:
    """The apt source (sources.list(5), deb822) of Debian testing's main at `mirror`."""
    return f"# Made by mailwizard, for the packages named in {FENCE_PATH.rsplit('/', 1)[0]}/mailwizard-*.\n" + (
        f"Types: deb\nURIs: {mirror}\nSuites: {CODENAME}\nComponents: main\nSigned-By: {KEYRING}\n"
    )


def fence_text() -> str:
    """The pin that keeps every package of Debian testing out."""
    return f"# Made by mailwizard: nothing comes from Debian testing but what a file beside this one names.\nPackage: *\nPin: {_RELEASE}\nPin-Priority: -1\n"


def pin_text(package: str) -> str:
    """The pin that lets one package in."""
    return f"# Made by mailwizard.\nPackage: {package}\nPin: {_RELEASE}\nPin-Priority: 990\n"


async def testing_changes(
    host: Host, release: Release, package: str, mirror: str, least: tuple[int, ...] = ()
) -> list[Change]:
    """What lets apt install `package` from Debian testing at `mirror`, in an order in which nothing else ever could;
    empty when its candidate is at least version `least` and the files stand. Raises FileUnreadable."""
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.files import write_file
    from mailwizard.changes.packages import InstallPackages

    keyring = [] if await host.stat(KEYRING) else [InstallPackages(("debian-archive-keyring",))]
    files = [
        *await write_file(host, FENCE_PATH, fence_text(), note="keeps Debian testing out"),
        *await write_file(host, _pin_path(package), pin_text(package), note=f"lets in {package} alone"),
        *await write_file(host, SOURCES_PATH, sources_text(mirror), note="Debian testing"),
    ]
    candidate = numbers(await candidate_version(host, package))
    if not files and candidate and candidate >= least:
        return list(keyring)
    update = RunCommand("Fetch the package list of Debian testing", _UPDATE, timeout=300)
    return [*keyring, *files, update]


def _pin_path(package: str) -> str:
    return f"{FENCE_PATH.removesuffix('-testing')}-{package.replace('.', '-')}"
