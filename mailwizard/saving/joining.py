"""How this server's history and the one at the git host become one. Nothing is ever forced."""

from __future__ import annotations

from mailwizard.saving.git import Git
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.manifest import BrokenBackup, parse, shown
from mailwizard.saving.places import BRANCH, MANIFEST

_SEEN = "refs/mailwizard/seen"


async def join(git: Git, server: str, *, first: bool, on_top: bool) -> None:
    """Fetches what was pushed, and goes on from there when it is a former backup of `server` or `on_top` says so.

    Raises GitFailed: a repository that is no backup, one of another server, commits of somebody else.
    """
    heads = await git.heads()
    if BRANCH not in heads:
        if heads and first:
            raise _foreign(git, f"it has the branch {shown(sorted(heads)[0])}")
        return
    if await git.commit_of(heads[BRANCH]) and (await _is_ours(git, heads[BRANCH])):
        return
    await git.must("fetch", "--quiet", "--no-tags", git.remote.text, f"+refs/heads/{BRANCH}:{_SEEN}")
    if first:
        await _refuse_foreign(git, server)
    elif not on_top:
        raise await _pushed_meanwhile(git)
    await _go_on(git)


async def _is_ours(git: Git, commit: str) -> bool:
    return (await git.run("merge-base", "--is-ancestor", commit, "HEAD")).ok


async def _refuse_foreign(git: Git, server: str) -> None:
    found = await git.run("cat-file", "-p", f"{_SEEN}:{MANIFEST}")
    if not found.ok:
        raise _foreign(git, f"it has no {MANIFEST}")
    try:
        manifest = parse(found.out.encode())
    except BrokenBackup as error:
        raise _foreign(git, str(error)) from error
    if manifest.server != server:
        raise GitFailed(
            f"{git.remote.text} holds the backup of another server, {manifest.server}. Each server needs a repository "
            "of its own: make a new one and name it in your answers.",
            "other_server",
        )


def _foreign(git: Git, why: str) -> GitFailed:
    return GitFailed(
        f"{git.remote.text} is neither empty nor a mailwizard backup ({why}). Nothing was changed there. Make a new, "
        "empty repository and name it in your answers.",
        "not_a_backup",
    )


async def _go_on(git: Git) -> None:
    """The next commit comes after what was fetched; with commits of our own, both histories stay (merge -s ours)."""
    if not await git.commit_of("HEAD"):
        await git.must("update-ref", f"refs/heads/{BRANCH}", _SEEN)
        return
    words = ("merge", "--quiet", "--strategy=ours", "--allow-unrelated-histories", "--no-edit", "--no-verify")
    await git.must(*words, _SEEN)


async def _pushed_meanwhile(git: Git) -> GitFailed:
    told = await git.run("log", "-1", "--format=%h by %an at %cI", _SEEN)
    about = shown(told.out.strip()) if told.ok else "a commit"
    return GitFailed(
        f"Somebody else pushed to {git.remote.text} since this server's last backup: {about}. Nothing was overwritten. "
        "Look at what was pushed; `mailwizard backup --on-top` puts this backup on top of it.",
        "pushed_meanwhile",
    )
