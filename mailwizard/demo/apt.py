"""apt-get(8), apt-cache(8), dpkg(1) and dpkg-query(1) of the imagined server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailwizard.demo.world import World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost

_VERSIONS = {"chasquid": "1.19.0-1", "acme.sh": "3.1.1-1", "adduser": "3.152", "curl": "8.14.1-2", "openssl": "3.5.4-1"}
_SCRIPTS = ("/usr/share/acme.sh/acme.sh", *(f"/usr/share/acme.sh/dnsapi/dns_{name}.sh" for name in ("cf", "hetzner")))
_MIRROR = "http://mirror.hoster.example/debian"


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What they answer."""
    world.packages.update(dict.fromkeys(("adduser", "openssl", "ca-certificates"), "1"))

    def status(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        version = world.packages.get(argv[-1], "")
        return f"installed {version}" if version else Ran(argv, 1, "", "no packages found\n")

    def several(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return "".join(f"ii \t{name}\n" for name in argv[3:] if name in world.packages)

    def policy(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return "".join(f"{name}:\n  Candidate: {_version(name)}\n" for name in argv[2:])

    async def get(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        if world.mirror_is_down:
            return Ran(argv, 100, "", f"E: Failed to fetch {_MIRROR}/dists/forky/InRelease  Connection timed out\n")
        if "install" not in argv:
            return await world.say(argv, f"Get:1 {_MIRROR} forky InRelease", "Reading package lists...")
        names = argv[argv.index("--no-install-recommends") + 1 :]
        for name in names:
            _install(world, host, name)
        steps = [line for name in names for line in _lines(name)]
        return await world.say(argv, "Reading package lists...", "Building dependency tree...", *steps)

    return {
        ("dpkg", "--print-architecture"): "amd64\n",
        ("dpkg-query", "-W", ...): status,
        ("dpkg-query", ...): several,
        ("apt-cache", "policy", ...): policy,
        ("apt-get", "indextargets", ...): f"{_MIRROR} trixie\n",
        ("apt-get", ...): get,
    }


def _version(name: str) -> str:
    return _VERSIONS.get(name, "1.0-1")


def _lines(name: str) -> tuple[str, ...]:
    return (
        f"Get: {_MIRROR} {name} {_version(name)}",
        f"Unpacking {name} ({_version(name)}) ...",
        f"Setting up {name} ({_version(name)}) ...",
    )


def _install(world: World, host: DemoHost, name: str) -> None:
    world.packages[name] = _version(name)
    if name == "acme.sh":
        for path in _SCRIPTS:
            host.disk.make_folder(path.rpartition("/")[0], ImaginaryFile(mode=0o755, is_dir=True))
            host.files[path] = ImaginaryFile(b"#!/bin/sh\n", 0o755)
    if name == "chasquid":
        world.unit("chasquid.service")
        host.disk.make_folder("/var/lib/chasquid/queue", ImaginaryFile(b"", 0o750, "chasquid", "chasquid", is_dir=True))
        _start(world)


def _start(world: World) -> None:
    """Debian's packages start their service at once."""
    unit = world.unit("chasquid.service")
    unit.enabled = unit.active = True
    unit.since = world.now()
