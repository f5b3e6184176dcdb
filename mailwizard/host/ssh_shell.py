"""How a script reaches the machine: through standard input, so that nothing of it stands in an argument list.

The command line is always the same small loader; it reads the script, which begins with the variables, and what
follows on standard input is the program's own. A word that nobody can guess is printed first on both outputs: what a
login shell or sudo say before it is not ours.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailwizard.errors import CommandFailed
from mailwizard.secret import Secret

# the loader's own shell must be bash: it is on every Debian and Ubuntu, and only it can end a pipe that has no reader
_LOADER = 'eval "$(head -c {size})"'
_BEGIN = """unset LANG LANGUAGE "${{!LC_@}}"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb SYSTEMD_COLORS=0
umask 022
read -r stat </proc/$$/stat; stat=(${{stat##*) }})
echo {word}; echo {word} "${{stat[2]}}" >&2
"""
# when the connection is lost, nobody reads any more: a change that is in hand must not be ended by that (SIGPIPE)
_PATIENT = "exec > >(cat; exec cat >/dev/null) 2> >(exec 1>&2; cat; exec cat >/dev/null)\n"


@dataclass(frozen=True)
class Rights:
    """How a script becomes root: not at all (the user is root, or may not be), or through sudo."""

    is_root: bool
    sudo: bool = False
    password: Secret | None = None
    way_to_root: str = "log in as root"  # for one who is not

    def before(self, command: Sequence[str]) -> list[str]:
        """The command with what makes it root in front."""
        if not self.sudo:
            return list(command)
        if self.password is None:
            return ["sudo", "-n", "-H", "--", *command]
        # -k: else a password that sudo did not ask for would be read as part of the script
        return ["sudo", "-k", "-S", "-H", "-p", "", "--", *command]

    @property
    def typed(self) -> bytes:
        """What sudo reads before the script."""
        return f"{self.password.reveal()}\n".encode() if self.sudo and self.password is not None else b""


@dataclass(frozen=True)
class Script:
    """A bash script; `word` is printed where its own output begins."""

    text: str
    word: str = field(default_factory=lambda: secrets.token_hex(8))

    def loader(self, rights: Rights) -> str:
        """The command line for the user's login shell."""
        size = len(self._whole())
        return shlex.join(rights.before(["/bin/bash", "-c", _LOADER.format(size=size)]))

    def typed(self, rights: Rights, stdin: bytes) -> bytes:
        """What goes to standard input: sudo's password, the script, and the program's own input."""
        return rights.typed + self._whole() + stdin

    def _whole(self) -> bytes:
        # in braces: of a script that was cut off, not one command is run
        return f"{{ {_BEGIN.format(word=self.word)}{self.text}\n}}".encode("utf-8", "surrogateescape")


def program(argv: Sequence[str], env: Mapping[str, str]) -> Script:
    """A script that runs a program, and lets it end in peace when nobody listens any more. Raises CommandFailed."""
    if any("\0" in word for word in (*argv, *env.values())):
        raise CommandFailed(f"`{argv[0]}` could not be started: embedded null byte.")
    given = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in env.items())
    # `exec`, for a program may have the name of one of bash's own words
    return Script(f"{given}{_PATIENT}(exec -- {shlex.join(argv)})\nexit $?")


def function(body: str, *words: str) -> Script:
    """A script whose `$1`, `$2`... are `words`."""
    return Script(f"set -- {shlex.join(words)}\n{body}")
