"""chasquid-util(1) of the imagined server."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailwizard.demo.world import World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.mta.aliases import lookup, parse_aliases

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What it answers."""

    def util(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        folder = argv[1].removeprefix("-C=")
        if argv[2] in ("user-add", "user-remove"):
            user, _, domain = argv[3].partition("@")
            path = f"{folder}/domains/{domain}/users"
            others = _without(user, host.text(path) if path in host.files else "")
            added = entry(user, stdin.decode().splitlines()[0]) if argv[2] == "user-add" else ""
            host.files[path] = ImaginaryFile((others + added).encode(), 0o600)
            return "Added user\n" if added else "Removed user\n"
        if argv[2] == "aliases-resolve":
            return _resolved(host, argv[3])
        return "Database loaded\n"

    return {("chasquid-util", ...): util}


def _without(user: str, users: str) -> str:
    return re.sub(rf'^users: \{{\n  key: "{re.escape(user)}"\n.*?^\}}\n', "", users, flags=re.MULTILINE | re.DOTALL)


def _resolved(host: DemoHost, address: str) -> str:
    user, _, domain = address.partition("@")
    path = f"/etc/chasquid/domains/{domain}/aliases"
    aliases = parse_aliases(host.text(path) if path in host.files else "", domain)
    targets = lookup(aliases, user)
    return "".join(f"(email)  {target}\n" for target in targets) or f"(email)  {address}\n"


def entry(user: str, password: str) -> str:
    """A user as chasquid writes one down."""
    salt = secrets.token_bytes(16)
    proof = hashlib.scrypt(password.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=32, maxmem=1 << 26)
    numbers = 'logN: 14 r: 8 p: 1 keyLen: 32 salt: "{}" encrypted: "{}"'.format(*map(_escaped, (salt, proof)))
    return f'users: {{\n  key: "{user}"\n  value: {{\n    scrypt: {{ {numbers} }}\n  }}\n}}\n'


def _escaped(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)
