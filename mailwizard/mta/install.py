"""Bringing chasquid onto the machine: a package, or built from its source; and which one is there."""

from __future__ import annotations

from mailwizard.answers import STATE_FOLDER, Server
from mailwizard.change import Change
from mailwizard.debian.packages import installed_version
from mailwizard.debian.release import Release, release_of
from mailwizard.debian.testing import testing_changes
from mailwizard.host.protocol import Host
from mailwizard.mta import units
from mailwizard.mta.origin import LEAST, SOURCE_VERSION, Origin, go_package, good_enough, origin_of

PACKAGE = "chasquid"
_BUILT = "/usr/local/lib/chasquid"
_MODULE = "blitiri.com.ar/go/chasquid"
_TOOL = "/usr/local/bin/chasquid-util"
_CACHE = f"{STATE_FOLDER}/go"  # a gigabyte of compilers and their work
_USER = (
    *("adduser", "--quiet", "--system", "--group", "--home", "/var/lib/chasquid", "--no-create-home"),
    *("--gecos", "chasquid mail daemon", "chasquid"),
)


async def chasquid_version(host: Host) -> str:
    """The version that is installed, package or built here; empty when none is."""
    packaged = await installed_version(host, PACKAGE)
    if packaged:
        return packaged
    ran = await host.run(("readlink", "-e", _TOOL))
    path = ran.out.strip()
    return path.split("/")[-2] if ran.ok and path.startswith(f"{_BUILT}/") else ""


async def is_to_be_built(host: Host, server: Server) -> bool:
    """True when chasquid comes from its source, and is not there yet."""
    origin, version = origin_of(server, await release_of(host)), await chasquid_version(host)
    return origin is Origin.SOURCE and not (version and good_enough(version, origin))


async def user_changes(host: Host) -> list[Change]:
    """The user chasquid and its group, made before the package comes, so that every file can be given to them."""
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.packages import install_packages

    if (await host.run(("getent", "passwd", "chasquid"))).ok:
        return []
    # chasquid's package needs adduser without saying so, and then goes on without its user
    return [*await install_packages(host, ("adduser",)), RunCommand("Make the user chasquid", _USER)]


async def source_changes(host: Host, origin: Origin, mirror: str, version: str) -> list[Change]:
    """What must stand before the package is installed: apt's source and pins for Debian testing, or nothing."""
    return await testing_changes(host, PACKAGE, mirror, LEAST, version) if origin is Origin.TESTING else []


async def install_changes(host: Host, origin: Origin, release: Release, version: str) -> list[Change]:
    """What installs chasquid, or a version that will do in place of `version`; empty when it is there."""
    from mailwizard.changes.packages import InstallPackages

    if origin is Origin.SOURCE:
        return await _built(host, release, version)
    changes = await units.own_units_away(host)
    if version and good_enough(version, origin):
        return changes
    return [*changes, InstallPackages((PACKAGE,), f"from {_words(origin)}")]


async def _built(host: Host, release: Release, version: str) -> list[Change]:
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.files import make_dir
    from mailwizard.changes.packages import install_packages

    folder = f"{_BUILT}/{SOURCE_VERSION}"
    changes = await units.own_unit_changes(host, f"{folder}/chasquid")
    changes += await make_dir(host, "/var/lib/chasquid", owner="chasquid", group="chasquid")
    if version and good_enough(version, Origin.SOURCE):
        return changes
    needed = await install_packages(host, (go_package(release), "ca-certificates"), "to build chasquid")
    return [
        *needed,
        RunCommand(f"Build chasquid {SOURCE_VERSION} from its source", _go(release), _go_env(folder), timeout=3600),
        RunCommand("Put chasquid-util into the path", ("ln", "-sfn", f"{folder}/chasquid-util", _TOOL)),
        RunCommand("Clear away what the build left", ("rm", "-rf", "--", _CACHE)),
        *changes,
    ]


def _go(release: Release) -> tuple[str, ...]:
    package = go_package(release)
    folder = "" if package == "golang-go" else f"/lib/{package.removesuffix('-go').replace('golang', 'go')}"
    program = f"/usr{folder}/bin/go"
    wanted = (f"{_MODULE}@v{SOURCE_VERSION}", f"{_MODULE}/cmd/chasquid-util@v{SOURCE_VERSION}")
    return (program, "install", "-trimpath", *wanted)


def _go_env(folder: str) -> dict[str, str]:
    """A newer Go than the packaged one is fetched when chasquid asks for it, checked against Go's checksum database."""
    return {"GOBIN": folder, "GOPATH": _CACHE, "GOCACHE": f"{_CACHE}/cache", "GOTOOLCHAIN": "auto", "CGO_ENABLED": "0"}


def _words(origin: Origin) -> str:
    return "Debian testing" if origin is Origin.TESTING else "this system's own packages"
