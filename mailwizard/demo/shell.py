"""Small commands of the imagined server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from mailwizard.demo.world import World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost

_DF = (
    "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
    "/dev/sda1 202051056 2201234 199833438 2% /\n/dev/sda1 202051056 2201234 199833438 2% /\n"
)


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What they answer."""

    def known(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return Ran(argv, 0 if argv[2] in world.users else 2, "", "")

    def add_user(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        world.users.add(argv[-1])
        return ""

    def set_name(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        host.files["/proc/sys/kernel/hostname"] = ImaginaryFile(f"{argv[1]}\n".encode())
        return ""

    def remove(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        for path in [path for path in host.files if f"{path}/".startswith(f"{argv[-1]}/")]:
            del host.files[path]
        return ""

    def find(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        return _found(world, argv)

    return {
        ("df", ...): _DF,
        ("getent", ...): known,
        ("adduser", ...): add_user,
        ("hostname", ...): set_name,
        ("rm", "-rf", ...): remove,
        ("rmdir", ...): remove,
        ("find", ...): find,
        ("timedatectl", "show", "--property=NTPSynchronized", "--value"): "yes\n",
        ("timedatectl", ...): "Europe/Berlin\n",
        ("locale", "-a"): "C\nC.utf8\nPOSIX\n",
        ("readlink", ...): lambda argv, stdin, env: Ran(argv, 1, "", ""),
        ("date", ...): lambda argv, stdin, env: "0\n",
        ("stat", ...): lambda argv, stdin, env: "",
        ("ping", ...): "1 packets transmitted, 1 received\n",
    }


def _found(world: World, argv: tuple[str, ...]) -> str:
    """find(1) as mailwizard uses it: files newer than a moment. Of apt's lists there is always a fresh one."""
    if "-newermt" not in argv:
        return "/var/lib/apt/lists/mirror_InRelease\n"
    since = _moment(argv[argv.index("-newermt") + 1])
    places = [word for word in argv[1:] if word.startswith("/")]
    deep = "-maxdepth" not in argv
    newer = [
        path
        for path, at in world.written_at.items()
        if at > since and (path in places or (deep and _is_key(path) and path.startswith(tuple(places))))
    ]
    return "".join(f"{path}\n" for path in newer)


def _is_key(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in ("fullchain.pem", "privkey.pem") or (name.startswith("dkim:") and name.endswith(".pem"))


def _moment(text: str) -> datetime:
    return datetime.strptime(text.removesuffix(" UTC"), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
