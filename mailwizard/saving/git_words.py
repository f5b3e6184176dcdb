"""What git and ssh say when they fail, as a cause and a sentence that ends with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwizard.errors import HostError
from mailwizard.host.protocol import Ran
from mailwizard.saving.places import KNOWN_HOSTS
from mailwizard.saving.remote import Remote
from mailwizard.text import one_line


class GitFailed(HostError):
    """git did not do it; `cause` names why in a word."""

    def __init__(self, sentence: str, cause: str) -> None:
        super().__init__(sentence)
        self.cause = cause


@dataclass(frozen=True)
class _Words:
    cause: str
    pattern: re.Pattern[str]
    sentence: str


def _words(cause: str, pattern: str, sentence: str) -> _Words:
    return _Words(cause, re.compile(pattern, re.IGNORECASE), sentence)


# the first that fits is told: a wrong host key comes before what ssh says next
_ALL = (
    _words("no_git", r"git: command not found", "git is not installed on this server. Apply the step Backup."),
    _words(
        "refused",
        r"git-(?:receive|upload)-pack['’]?: (?:command )?not found|interactive git shell is not enabled",
        "{host} runs no git for this key: {said}. Install git there, or allow the key to use it, then go on.",
    ),
    _words(
        "host_key",
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "{host} shows another host key than the one in {known_hosts}. Somebody may be in between: compare the key "
        "with what {host} publishes; if it is right, delete that file and apply again.",
    ),
    _words(
        "host_key",
        r"No \S+ host key is known|Host key verification failed",
        "{host} shows a host key of which nothing stands in {known_hosts}. Compare it with what {host} publishes; if "
        "it is right, delete that file and apply again.",
    ),
    _words(
        "read_only",
        r"marked as read.only|does not have write|write access to repository not granted|denied to deploy key"
        r"|not allowed to push|read-only access",
        "{host} lets the deploy key only read {path}. Give it write access in the repository's settings, then go on.",
    ),
    _words(
        "key_not_accepted",
        r"Permission denied|Too many authentication failures|No supported authentication methods",
        "{host} does not accept the deploy key yet. Add it to the repository {path}, with write access, then go on.",
    ),
    _words(
        "disk_full",
        r"No space left on device|Disk quota exceeded|file write error|unable to write (?:loose object|new index)",
        "The disk is full: the backup does not fit. Make room, then go on.",
    ),
    _words(
        "pushed_meanwhile",
        r"\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref",
        "Somebody else pushed to {remote} since this server's last backup. Nothing was overwritten, and this backup "
        "is kept on the server. Look at what was pushed; `mailwizard backup --on-top` puts this backup on top of it.",
    ),
    _words(
        "refused",
        r"pre-receive hook declined|protected branch|remote rejected|push declined",
        "{host} refused the push to {path}: {said}. Look at the repository's rules for the branch main, then go on.",
    ),
    _words(
        "no_repository",
        r"repository not found|does not appear to be a git repository|could not be found|no such repository"
        r"|Cannot find repository|not found",
        "{host} has no repository {path} that the deploy key may see. Make it (empty, private), and add the deploy "
        "key to it, then go on.",
    ),
    _words(
        "unreachable",
        r"Could not resolve hostname|Connection timed out|Connection refused|No route to host|Network is unreachable"
        r"|Connection (?:reset|closed)|Operation timed out|did not complete in|kex_exchange_identification",
        "{host} could not be reached: {said}. Check the address in your answers and the server's network, then go on.",
    ),
)


def failure(ran: Ran, remote: Remote) -> GitFailed:
    """Why a command of git's failed."""
    said = f"{ran.err}\n{ran.out}"
    for words in _ALL:
        if match := words.pattern.search(said):
            line = next((line for line in said.splitlines() if match.group(0) in line), match.group(0))
            text = words.sentence.format(
                host=remote.host, path=remote.path, remote=remote.text, known_hosts=KNOWN_HOSTS, said=_short(line)
            )
            return GitFailed(text, words.cause)
    lines = [line for line in said.splitlines() if line.strip()]
    last = _short(lines[-1]) if lines else f"it ended with {ran.code}"
    return GitFailed(f"git failed at {remote.text}: {last}. See the log, then go on.", "other")


def _short(line: str) -> str:
    plain = one_line(line).removeprefix("ssh: ").removeprefix("fatal: ").rstrip(".")
    return plain if len(plain) <= 120 else f"{plain[:117]}..."
