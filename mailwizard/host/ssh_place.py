"""Which machine `--host` means: the argument and the user's own ~/.ssh/config (ssh_config(5))."""

from __future__ import annotations

import getpass
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailwizard.errors import UsageError
from mailwizard.text import printable

CONFIG = "~/.ssh/config"
_WHERE = re.compile(
    r"(?:(?P<user>[^@:/\s]+)@)?(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<name>[^\s:@\[\]/]+))(?::(?P<port>\d+))?"
)
_PASSWORD = re.compile(":.*@", re.DOTALL)  # it does not belong there, and is not repeated
_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_KNOWN = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_KNOWN_BY_ALL = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


@dataclass(frozen=True)
class Place:
    """How a machine is reached. `name` is what the user calls it, `address` what is connected to."""

    name: str
    user: str
    address: str
    port: int
    keys: tuple[str, ...]  # private key files, those that exist
    only_these_keys: bool  # IdentitiesOnly: of the agent's keys only those
    known_hosts: tuple[str, ...]
    key_name: str  # the name that the host key is filed under
    agent: bool = True
    proxy: str = ""  # a command that the connection goes through

    @property
    def label(self) -> str:
        """ "root@198.51.100.7", with the port when it is not 22."""
        return f"{self.user}@{self.name}" + ("" if self.port == 22 else f" port {self.port}")

    @property
    def where(self) -> str:
        """What `place` takes for it: "root@198.51.100.7", with the port when it is not 22."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.user}@{name}" + ("" if self.port == 22 else f":{self.port}")

    @property
    def by_hand(self) -> str:
        """The command that reaches the same machine."""
        return f"ssh {'' if self.port == 22 else f'-p {self.port} '}{self.user}@{self.name}"


def place(where: str) -> Place:
    """What `where` ("USER@HOST[:PORT]", an IPv6 address in brackets) means. Raises UsageError."""
    found = _WHERE.fullmatch(where)
    port = int(found["port"] or 22) if found else 0
    if found is None or not 0 < port < 65536 or where.startswith("-"):
        shown = printable(_PASSWORD.sub(":...@", where))
        raise UsageError(f'--host: "{shown}" is no USER@HOST[:PORT]; an IPv6 address stands in brackets.')
    name = found["six"] or found["name"]
    return _filled(name, found["user"] or "", port if found["port"] else 0, _config_of(name))


def _filled(name: str, user: str, port: int, config: Mapping[str, Sequence[str] | str]) -> Place:
    def said(key: str, default: str) -> str:
        value = config.get(key, default)
        return value if isinstance(value, str) else default

    port = port or _port(said("port", "22"))
    alias = said("hostkeyalias", "")
    address = said("hostname", name)
    known = f"{said('userknownhostsfile', _KNOWN)} {said('globalknownhostsfile', _KNOWN_BY_ALL)}"
    keys = config.get("identityfile", ())
    jump, command = said("proxyjump", ""), said("proxycommand", "")
    if jump and jump.lower() != "none":
        command = _jumping(f"[{address}]:{port}", jump)
    return Place(
        name=name,
        user=user or said("user", "") or getpass.getuser(),
        address=address,
        port=port,
        keys=_there((keys,) if isinstance(keys, str) else keys or _KEYS),
        only_these_keys=said("identitiesonly", "no").lower() == "yes",
        known_hosts=_there(known.split()),
        key_name=alias or (address if port == 22 else f"[{address}]:{port}"),
        agent=said("identityagent", "").lower() != "none",
        proxy="" if command.lower() == "none" else command,
    )


def _jumping(to: str, jump: str) -> str:
    """The command that goes through the machines of a ProxyJump, [USER@]HOST[:PORT] or ssh://..., comma-separated.

    Raises UsageError.
    """
    *before, last = (machine.strip() for machine in jump.split(","))
    found = _WHERE.fullmatch(last.removeprefix("ssh://"))
    if found is None:
        raise UsageError(
            f'{CONFIG}: ProxyJump "{printable(last)}" is no [USER@]HOST[:PORT]. Correct it, then try again.'
        )
    options = {"-J": ",".join(before), "-l": found["user"], "-p": found["port"], "-W": to}
    given = [word for option, value in options.items() if value for word in (option, value)]
    return shlex.join(["ssh", *given, "--", found["six"] or found["name"]])


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise UsageError(f'{CONFIG}: "{printable(text)}" is no port. Correct it, then start mailwizard again.')


def _there(files: Sequence[str]) -> tuple[str, ...]:
    found = [Path(file.strip('"')).expanduser() for file in files]
    return tuple(str(file) for file in found if file.is_file())


def _config_of(name: str) -> Mapping[str, Sequence[str] | str]:
    """What ~/.ssh/config says about this name; empty without such a file. Raises UsageError."""
    from paramiko import SSHConfig
    from paramiko.ssh_exception import ConfigParseError, CouldNotCanonicalize

    file = Path(CONFIG).expanduser()
    if not file.is_file():
        return {}
    try:
        return dict(SSHConfig.from_path(str(file)).lookup(name))
    except (ConfigParseError, CouldNotCanonicalize, KeyError, ValueError) as error:
        raise UsageError(f"{CONFIG} cannot be used: {printable(str(error))}. Correct it, then try again.") from None
    except ImportError:  # `Match exec` needs a library that is not installed
        raise UsageError(f"{CONFIG} has a “Match exec”, which mailwizard cannot read: name the host in full.") from None
    except OSError as error:
        raise UsageError(f"{CONFIG} cannot be read: {error.strerror}.") from None
