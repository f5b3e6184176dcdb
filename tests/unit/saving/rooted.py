"""A server in a folder: its files, git and ssh are real, its packages and units are scripted.

`ssh` is a script that runs git's other half on this machine, or says what a git host says when it refuses.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mailwizard.answers import Answers, Backup, Domain, Server
from mailwizard.errors import Unreachable
from mailwizard.host.imaginary import Page
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import FileStat, Log, Ran, Report, Stream
from mailwizard.log import CommandLog
from mailwizard.secret import Secret

REMOTE = "git@git.example.org:me/conf.git"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVIC02vnjFyL+I4RHfvIGNtOgJMe769VTF1VR4EB3ZB"
DKIM = "/etc/chasquid/domains/example.com/dkim:mw2611.pem"
PEM = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwgg
Q29udGVudE9mVGhlS2V5MTIzNDU2Nzg5
-----END PRIVATE KEY-----
"""
TOKEN = "cf-token-7f1c9e5b"
FILES = {
    "/etc/mailwizard/setup.toml": ('schema = 1\n[server]\nhostname = "mail.example.com"\n', 0o644),
    "/etc/mailwizard/credentials.env": (f'CF_Token="{TOKEN}"\n', 0o600),
    "/etc/chasquid/chasquid.conf": ('hostname: "mail.example.com"\n', 0o644),
    "/etc/chasquid/hooks/post-data": ("#!/bin/sh\nexit 0\n", 0o755),
    "/etc/chasquid/domains/example.com/aliases": ("i: me@example.net\n", 0o640),
    "/etc/chasquid/domains/example.com/users": (
        'users: { key: "i" value: { scrypt: { salt: "saltsaltsaltsalt" encrypted: "hash-of-the-password" } } }\n',
        0o640,
    ),
    DKIM: (PEM, 0o640),
    "/etc/systemd/system/mailwizard-acme.timer": ("[Timer]\n", 0o644),
}
SECRETS = (TOKEN, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwgg", "hash-of-the-password")
_OURS = ("/var/lib/mailwizard", "/etc/", "/usr/local/")

SSH = """#!/bin/sh
for last; do :; done
case ${SSH_SAYS:-} in
  '') ;;
  *) printf '%s\\n' "$SSH_SAYS" >&2; exit 255 ;;
esac
path=$(printf %s "$last" | sed "s/.* '//; s/'$//")
if [ -n "${SSH_READ_ONLY:-}" ]; then
  case $last in git-receive-pack*) echo "ERROR: The key has been marked as read only." >&2; exit 1 ;; esac
fi
[ -d "$FORGE/$path" ] || { echo "ERROR: Repository not found." >&2; exit 1; }
exec "${last%% *}" "$FORGE/$path"
"""
KEYSCAN = f"""#!/bin/sh
[ -z "${{SSH_SAYS:-}}" ] || exit 1
for last; do :; done
echo "# $last:22 SSH-2.0-OpenSSH_9.2"
echo "$last {HOST_KEY}"
"""


def answers(**backup: str) -> Answers:
    return Answers(
        server=Server(hostname="mail.example.com"),
        domains=(Domain("example.com", ("i",)),),
        backup=Backup(**{"remote": REMOTE, **backup}),
    )


class Rooted:
    """A machine whose /etc, /usr/local and /var/lib/mailwizard lie below `root`."""

    label = "this server"
    option = ""
    is_root = True

    def __init__(self, root: Path, forge: Path, programs: Path) -> None:
        self.root, self.forge = root, forge
        self.log: Log = CommandLog(None)
        self._local = LocalHost(CommandLog(None))
        self._programs = programs
        self.env: dict[str, str] = {}
        self.pages: dict[str, Page] = {}
        self.ran: list[tuple[str, ...]] = []
        self.packages = {"git", "openssh-client", "age"}
        self.units: set[str] = set()
        self.full = False
        for folder in ("/etc/systemd/system", "/usr/local/lib", "/var/lib"):
            (root / folder.lstrip("/")).mkdir(parents=True)

    def path(self, path: str) -> str:
        return f"{self.root}{path}" if path.startswith(_OURS) else path

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        where = Path(self.path(path))
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        where.chmod(mode)

    def get(self, path: str) -> str:
        return Path(self.path(path)).read_text()

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str | Secret] | None = None,
        timeout: float = 120,
        report: Report | None = None,
    ) -> Ran:
        words = tuple(argv)
        self.ran.append(words)
        if words[0] == "dpkg-query":
            rows = "".join(f"ii \t{name}\n" for name in words[3:] if name in self.packages)
            return Ran(words, 0, rows, "")
        if words[0] == "systemctl":
            return self._systemctl(words)
        if words[0] == "git" and "commit" in words and self.full:
            return Ran(
                words,
                128,
                "",
                "error: file write error: No space left on device\nfatal: unable to write new index file",
            )
        mapped = [self._mapped(word) for word in words]
        shown = {key: self._mapped(str(value)) for key, value in (env or {}).items()}
        path = f"{self._programs}:{os.environ['PATH']}"
        ran = await self._local.run(
            mapped, stdin=stdin, env={**shown, **self.env, "PATH": path, "FORGE": str(self.forge)}, timeout=timeout
        )
        return replace(ran, out=ran.out.replace(str(self.root), ""), err=ran.err.replace(str(self.root), ""))

    def _mapped(self, word: str) -> str:
        for ours in _OURS:
            word = word.replace(ours, f"{self.root}{ours}")
        return word

    def _systemctl(self, words: tuple[str, ...]) -> Ran:
        if words[1] == "enable":
            self.units.add(words[-1])
        if words[1] == "disable":
            self.units.discard(words[-1])
        there = words[-1] in self.units
        says = {"is-enabled": ("disabled", "enabled"), "is-active": ("inactive", "active")}.get(words[1], ("", ""))[
            there
        ]
        return Ran(words, 0, says + "\n", "")

    async def type_in(self, argv: Sequence[str], answers: Sequence[tuple[str, Secret]], *, timeout: float = 60) -> Ran:
        raise NotImplementedError

    async def read(self, path: str) -> bytes:
        return await self._local.read(self.path(path))

    async def stat(self, path: str) -> FileStat | None:
        return await self._local.stat(self.path(path))

    async def list(self, path: str) -> list[str]:
        return await self._local.list(self.path(path))

    async def write(self, path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        await self._local.write(self.path(path), content, mode=mode, owner=me(), group=me())

    async def make_dir(self, path: str, *, mode: int, owner: str = "root", group: str = "root") -> None:
        await self._local.make_dir(self.path(path), mode=mode, owner=me(), group=me())

    async def remove(self, path: str) -> None:
        await self._local.remove(self.path(path))

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        raise Unreachable(f"{address} refused")

    async def fetch(self, url: str, *, family: int = 0, ca_bundle: str = "", timeout: float = 10) -> tuple[int, bytes]:
        page = self.pages.get(url)
        if page is None or isinstance(page, Exception):
            raise Unreachable(f"{url} could not be reached.")
        return page

    async def lock(self, path: str) -> Callable[[], Awaitable[None]]:
        return await self._local.lock(self.path(path))

    async def close(self) -> None:
        await self._local.close()


def me() -> str:
    """The owner of what this user writes: only root may give files away."""
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def git(folder: Path, *words: str, stdin: str = "") -> str:
    """What git says in a repository, whatever this user's configuration is."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=eve", "-c", "user.email=eve@example.net", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=env, input=stdin, capture_output=True, text=True, errors="replace"
    )
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout
