"""git on the machine: deaf to anybody's configuration, asking nothing, by the deploy key alone.

On this machine GitPython runs it; on another one the host does. What it says is the same.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Mapping

from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Host, Ran
from mailwizard.saving.git_words import failure
from mailwizard.saving.places import BRANCH, KEY_PATH, KNOWN_HOSTS
from mailwizard.saving.remote import Remote

_TIMEOUT = 120  # seconds; a backup is some hundred kB
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.symlinks=false", "core.fsmonitor=false", "core.autocrlf=false"),
    *("core.attributesFile=/dev/null", "core.excludesFile=/dev/null", "commit.gpgSign=false", "gc.autoDetach=false"),
    *("protocol.allow=never", "protocol.ssh.allow=always", "protocol.version=0", "safe.directory=*"),
    *("transfer.fsckObjects=true", "fetch.recurseSubmodules=false"),
    *("user.name=mailwizard", "user.email=mailwizard@localhost"),
)
# files come and go byte by byte, whatever a .gitattributes of the repository says (gitattributes(5))
_AS_THEY_ARE = b"* -text !eol !crlf -ident -filter !working-tree-encoding -merge -diff\n"


def ssh_command() -> str:
    """The ssh that git uses: our key, our known_hosts, no question, no configuration (ssh_config(5))."""
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PasswordAuthentication": "no",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": KNOWN_HOSTS,
        "GlobalKnownHostsFile": "/dev/null",
        "UpdateHostKeys": "no",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "15",
    }
    return shlex.join(
        ["ssh", "-F", "/dev/null", "-i", KEY_PATH, *(f"-o{key}={value}" for key, value in options.items())]
    )


def environment() -> dict[str, str]:
    """What keeps git from root's configuration and from asking (git(1), git-config(1))."""
    settings = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for number, setting in enumerate(_SETTINGS):
        key, _, value = setting.partition("=")
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {
        **settings,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": ssh_command(),
        "GIT_SSH_VARIANT": "ssh",
    }


class Git:
    """git in the work tree `folder` of `host`, for one remote."""

    def __init__(self, host: Host, folder: str, remote: Remote) -> None:
        self.host = host
        self.folder = folder
        self.remote = remote

    async def run(self, *words: str, timeout: float = _TIMEOUT) -> Ran:
        """How `git WORDS` ended. Raises CommandFailed on time-out."""
        where = (f"--git-dir={self.folder}/.git", f"--work-tree={self.folder}")
        return await self._run(["git", "-C", self.folder, *where, *words], timeout)

    async def must(self, *words: str, timeout: float = _TIMEOUT) -> str:
        """What `git WORDS` printed. Raises GitFailed with a sentence."""
        ran = await self.run(*words, timeout=timeout)
        if not ran.ok:
            raise failure(ran, self.remote)
        return ran.out

    async def begin(self) -> None:
        """Makes the repository where there is no sound one, and clears locks that a crash left. Raises GitFailed.

        Only one of us works here at a time: both mailwizard and the timer's script hold the machine's lock. What a
        power cut damaged is thrown away: the history lies at the git host, and the files are the server's own.
        """
        inside = f"{self.folder}/.git"
        if await self.host.stat(inside) is not None:
            await self.host.run(["find", inside, "-name", "*.lock", "-delete"])
            if not (await self.run("fsck", "--connectivity-only", "--no-dangling", "--no-progress")).ok:
                await self.host.run(["rm", "-rf", inside])
        if await self.host.stat(inside) is None:
            await self.must("init", "--quiet", f"--initial-branch={BRANCH}", self.folder)
        await self.host.make_dir(f"{inside}/info", mode=0o700)
        await self.host.write(f"{inside}/info/attributes", _AS_THEY_ARE, mode=0o600)

    async def heads(self) -> dict[str, str]:
        """The remote's branches and their commits, as one who may push sees them. Raises GitFailed.

        The receiving side is asked (gitprotocol-pack(5)), so that a key that may only read is told at once.
        """
        return await self._heads("git-receive-pack")

    async def readable_heads(self) -> dict[str, str]:
        """The same for one who only reads. Raises GitFailed."""
        return await self._heads("git-upload-pack")

    async def _heads(self, program: str) -> dict[str, str]:
        words = ("ls-remote", f"--upload-pack={program}", self.remote.text, "refs/heads/*")
        ran = await self._run(["git", "-C", "/", *words], 40)
        if not ran.ok:
            raise failure(ran, self.remote)
        rows = (line.split("\t", 1) for line in ran.out.splitlines() if "\t" in line)
        return {name.removeprefix("refs/heads/"): commit for commit, name in rows}

    async def commit_of(self, name: str) -> str:
        """The commit that `name` means here; empty when there is none."""
        ran = await self.run("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
        return ran.out.strip() if ran.ok else ""

    async def _run(self, argv: list[str], timeout: float) -> Ran:
        env = environment()
        if isinstance(self.host, LocalHost):
            self.host.log.write(f"$ {shlex.join(argv)}")
            ran = await asyncio.to_thread(_here, argv, env, timeout)
            for line in (*ran.err.splitlines(), f"= {ran.code}"):
                self.host.log.write(line)
            return ran
        return await self.host.run(argv, env=env, timeout=timeout)


def _here(argv: list[str], env: Mapping[str, str], timeout: float) -> Ran:
    """git on this machine, through GitPython; 127 when there is none."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # else the import fails on a server without git
    from git import Git as GitPython
    from git.exc import GitCommandNotFound

    try:
        code, out, err = GitPython("/").execute(
            argv,
            env={**env, "LC_ALL": "C.UTF-8"},
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=timeout,
            start_new_session=True,
        )
    except GitCommandNotFound:
        return Ran(tuple(argv), 127, "", "git: command not found")
    text = out.decode("utf-8", "backslashreplace") if isinstance(out, bytes) else str(out)
    return Ran(tuple(argv), int(code), text, str(err))
