"""How this server's history and the one at the git host become one. Nothing is ever forced."""

from __future__ import annotations

from collections.abc import Mapping

from mailwizard.saving.allowed import Kind, kind_of
from mailwizard.saving.git import Git
from mailwizard.saving.git_words import GitFailed
from mailwizard.saving.manifest import BrokenBackup, parse, shown
from mailwizard.saving.places import BRANCH, FILES, MANIFEST

_SEEN = "refs/mailwizard/seen"


async def join(git: Git, server: str, *, known: str, on_top: bool) -> None:
    """Goes on from what lies there when it is a former backup of `server`, or when `on_top` says so.

    `known` is the commit that was pushed there last; empty when nothing was. Raises GitFailed: a repository that is no
    backup, one of another server, commits of somebody else.
    """
    heads = await git.heads()
    if BRANCH not in heads:
        await _begin_anew(git, heads)
        return
    theirs = heads[BRANCH]
    if known and await _is_ours(git, theirs):
        return
    await git.must("fetch", "--quiet", "--no-tags", git.remote.text, f"+refs/heads/{BRANCH}:{_SEEN}")
    if not known:
        await _refuse_foreign(git, server)
        await git.must("update-ref", f"refs/heads/{BRANCH}", _SEEN)
    elif theirs == known or on_top:
        await _go_on(git)
    else:
        raise await _pushed_meanwhile(git)


async def _begin_anew(git: Git, heads: Mapping[str, str]) -> None:
    """An empty repository gets no history from elsewhere: in that, secrets may once have been saved in the open."""
    if heads:
        raise _foreign(git, f"it has the branch {shown(sorted(heads)[0])}")
    await git.run("update-ref", "-d", f"refs/heads/{BRANCH}")


async def _is_ours(git: Git, commit: str) -> bool:
    return bool(await git.commit_of(commit)) and (await git.run("merge-base", "--is-ancestor", commit, "HEAD")).ok


async def bares_secrets(git: Git) -> bool:
    """True when a commit of ours holds a secret file in the open. Raises GitFailed."""
    if not await git.commit_of("HEAD"):
        return False
    names = await git.must("log", "--format=", "--name-only", "--no-renames", "HEAD", "--", FILES)
    return any(kind_of(name.removeprefix(FILES)) is Kind.SECRET for name in set(names.splitlines()))


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
    """The next commit comes after what was fetched; with commits of our own, both histories stay.

    What joins them has our files. It is made without the index, so that nothing is half done when this is cut short.
    """
    tip = _SEEN
    if await git.commit_of("HEAD"):
        words = ("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", _SEEN, "-m", "Go on after what was pushed meanwhile")
        tip = (await git.must(*words)).strip()
    await git.must("update-ref", f"refs/heads/{BRANCH}", tip)


async def _pushed_meanwhile(git: Git) -> GitFailed:
    told = await git.run("log", "-1", "--format=%h by %an at %cI", _SEEN)
    about = shown(told.out.strip()) if told.ok else "a commit"
    return GitFailed(
        f"Somebody else pushed to {git.remote.text} since this server's last backup: {about}. Nothing was overwritten. "
        "Look at what was pushed; `mailwizard backup --on-top` puts this backup on top of it.",
        "pushed_meanwhile",
    )
