"""Is the repository ready to take a backup? Asked of the git host, with the deploy key."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.answers import Answers
from mailwizard.changes.packages import missing_packages
from mailwizard.errors import CommandFailed, FileMissing
from mailwizard.host.protocol import Host, text_of
from mailwizard.saving.deploy_key import public_key
from mailwizard.saving.git import Git
from mailwizard.saving.git_hosts import where_to_paste
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.known_hosts import pinned
from mailwizard.saving.places import KNOWN_HOSTS
from mailwizard.saving.public import is_public, why_public
from mailwizard.saving.remote import Remote, parse_remote


@dataclass(frozen=True)
class Reply:
    """What came of asking. `cause` is empty when the repository is ready; `fix` is empty where the plan mends it."""

    cause: str = ""
    found: str = ""
    fix: str = ""
    warning: str = ""


def packages(answers: Answers) -> tuple[str, ...]:
    """What the backup needs; age is for the timer's script."""
    return ("git", "openssh-client", *(("age",) if answers.backup.secrets == "age" else ()))


async def ask(host: Host, answers: Answers) -> Reply:
    """The reply of the repository of the answers. Only reads."""
    remote = parse_remote(answers.backup.remote)
    if missing := await missing_packages(host, packages(answers)):
        return Reply("missing", f"{', '.join(missing)} not installed yet")
    public = await public_key(host)
    if not public:
        return Reply("missing", "no deploy key yet")
    if not await _is_pinned(host, remote):
        fix = f"{remote.host} could not be asked for its host key. Check the address in your answers, then go on."
        return Reply("unreachable", f"no host key of {remote.host} is known", fix)
    if reply := await reached(host, remote, public):
        return reply
    return await _openness(host, answers, remote)


async def reached(host: Host, remote: Remote, public: str) -> Reply | None:
    """None when the repository can be pushed to, else why not."""
    try:
        await Git(host, "/", remote).heads()
    except GitFailed as error:
        fix = paste_sentence(remote, public) if error.cause in ("key_not_accepted", "no_repository") else str(error)
        return Reply(error.cause, str(error), fix)
    except CommandFailed as error:
        return Reply("unreachable", str(error), f"{remote.host} did not answer in time. Try again.")
    return None


def paste_sentence(remote: Remote, public: str) -> str:
    """What the user is to do with the deploy key."""
    return f"Add this deploy key, with write access, at {where_to_paste(remote)}:\n{public}"


async def _openness(host: Host, answers: Answers, remote: Remote) -> Reply:
    """Secrets do not go where anybody can read them."""
    if answers.backup.secrets == "exclude":
        return Reply()
    public = await is_public(host, remote)
    if public:
        return Reply("public", f"anybody can read {remote.text}", why_public(remote))
    doubt = f"whether {remote.text} is private could not be told: look at it yourself" if public is None else ""
    return Reply(warning=doubt)


async def _is_pinned(host: Host, remote: Remote) -> bool:
    try:
        return bool(pinned(await text_of(host, KNOWN_HOSTS), remote))
    except FileMissing:
        return False
