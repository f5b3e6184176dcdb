"""Bringing chasquid onto the machine: a package, or built from its source; and which one is there."""

from __future__ import annotations

from mailwizard.answers import STATE_FOLDER, Server
from mailwizard.change import Change
from mailwizard.debian.packages import candidate_version, installed_version
from mailwizard.debian.release import Release
from mailwizard.debian.testing import testing_changes
from mailwizard.host.protocol import Host
from mailwizard.mta import units
from mailwizard.mta.origin import LEAST, SOURCE_VERSION, Origin, go_package, good_enough, origin_of

PACKAGE = "chasquid"
_BUILT = "/usr/local/lib/chasquid"
_MODULE = "blitiri.com.ar/go/chasquid"
_TOOL = "/usr/local/bin/chasquid-util"
_UPGRADES_LOG = "/var/log/unattended-upgrades/unattended-upgrades.log"
_CACHE = f"{STATE_FOLDER}/go"  # a gigabyte of compilers and their work
_USER = (
    *("adduser", "--quiet", "--system", "--group", "--home", "/var/lib/chasquid", "--no-create-home"),
    *("--gecos", "chasquid mail daemon", "chasquid"),
)


async def chasquid_version(host: Host, server: Server) -> str:
    """The version that is there from where the answers want it, a package or built here; empty when none is."""
    return await (_built_version(host) if origin_of(server) is Origin.SOURCE else installed_version(host, PACKAGE))


async def _built_version(host: Host) -> str:
    ran = await host.run(("readlink", "-e", _TOOL))
    path = ran.out.strip()
    return path.split("/")[-2] if ran.ok and path.startswith(f"{_BUILT}/") else ""


async def held_back(host: Host) -> str:
    """The version that unattended-upgrade(8) does not install because the package asks about a configuration file that
    was changed (as mailwizard does); empty when there is none, or when this user may not see its log."""
    ran = await host.run(("grep", "-shm1", f"Package {PACKAGE} has conffile prompt", _UPGRADES_LOG))
    if not ran.ok:
        return ""
    candidate = await candidate_version(host, PACKAGE)
    return "" if candidate == await installed_version(host, PACKAGE) else candidate


async def is_to_be_built(host: Host, server: Server) -> bool:
    """True when chasquid comes from its source, and is not there yet."""
    return origin_of(server) is Origin.SOURCE and not good_enough(await chasquid_version(host, server), Origin.SOURCE)


async def user_changes(host: Host) -> list[Change]:
    """The user chasquid and its group, made before the package comes, so that every file can be given to them."""
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.packages import install_packages

    if (await host.run(("getent", "passwd", "chasquid"))).ok:
        return []
    # chasquid's package needs adduser without saying so, and then goes on without its user
    return [*await install_packages(host, ("adduser",)), RunCommand("Make the user chasquid", _USER)]


async def source_changes(host: Host, server: Server, release: Release, version: str) -> list[Change]:
    """What must be there before the package is installed: apt's source and pins for Debian testing, or nothing."""
    if origin_of(server) is not Origin.TESTING:
        return []
    return await testing_changes(host, release, PACKAGE, server.debian_mirror, LEAST, version)


async def install_changes(host: Host, origin: Origin, release: Release, version: str) -> list[Change]:
    """What installs chasquid, or a version that will do in place of `version`; empty when it is there."""
    from mailwizard.changes.packages import InstallPackages

    if origin is Origin.SOURCE:
        return await _built(host, release, version)
    changes = [*await units.own_units_away(host), *await _built_tool_away(host)]
    if not good_enough(version, origin):
        return [*changes, InstallPackages((PACKAGE,), f"from {_words(origin)}")]
    newer = await held_back(host)
    return [*changes, InstallPackages((PACKAGE,), f"{newer}, your configuration stays")] if newer else changes


async def _built(host: Host, release: Release, version: str) -> list[Change]:
    from mailwizard.changes.commands import RunCommand
    from mailwizard.changes.files import make_dir
    from mailwizard.changes.packages import install_packages

    folder = f"{_BUILT}/{SOURCE_VERSION}"
    changes = await units.own_unit_changes(host, f"{folder}/chasquid")
    changes += await make_dir(host, "/var/lib/chasquid", owner="chasquid", group="chasquid")
    if version and good_enough(version, Origin.SOURCE):
        return changes
    package = go_package(release)
    go = await install_packages(host, (package, package.replace("-go", "-src")), "to build chasquid")
    return [
        *await install_packages(host, ("ca-certificates",)),
        *go,
        RunCommand(f"Build chasquid {SOURCE_VERSION} from its source", _go(package), _go_env(folder), timeout=3600),
        RunCommand("Put chasquid-util into the path", ("ln", "-sfn", f"{folder}/chasquid-util", _TOOL)),
        RunCommand("Clear away what the build left", ("rm", "-rf", "--", _CACHE)),
        *[change for install in go if (change := await install.inverse(host))],
        *changes,
    ]


async def _built_tool_away(host: Host) -> list[Change]:
    """A chasquid-util that was built here earlier hides the package's, and nothing updates it."""
    from mailwizard.changes.commands import RunCommand

    if not await _built_version(host):
        return []
    return [RunCommand("Take the chasquid-util that was built here out of the path", ("rm", "-f", "--", _TOOL))]


def _go(package: str) -> tuple[str, ...]:
    program = f"/usr/lib/{package.removesuffix('-go').replace('golang', 'go')}/bin/go"
    wanted = (f"{_MODULE}@v{SOURCE_VERSION}", f"{_MODULE}/cmd/chasquid-util@v{SOURCE_VERSION}")
    return (program, "install", "-trimpath", *wanted)


def _go_env(folder: str) -> dict[str, str]:
    """A newer Go than the packaged one is fetched when chasquid asks for it, checked against Go's checksum database."""
    return {"GOBIN": folder, "GOPATH": _CACHE, "GOCACHE": f"{_CACHE}/cache", "GOTOOLCHAIN": "auto", "CGO_ENABLED": "0"}


def _words(origin: Origin) -> str:
    return "Debian testing" if origin is Origin.TESTING else "this system's own packages"
