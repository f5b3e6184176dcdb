"""Repositories that somebody made to do harm, or that broke."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.unit.saving.rooted import git

SETUP = b"""schema = 1
[server]
hostname = "mail.example.com"
[[domain]]
name = "example.com"
senders = ["i"]
"""


def entry(path: str = "/etc/mailwizard/setup.toml", content: bytes = SETUP, **other: object) -> dict[str, object]:
    """A file of a manifest."""
    sha = hashlib.sha256(content).hexdigest()
    kind = "answers" if path.endswith("setup.toml") else "chasquid"
    return {"path": path, "owner": "root", "group": "root", "mode": "0644", "kind": kind, "sha256": sha} | other


def manifest(*files: dict[str, object], **other: object) -> bytes:
    """A manifest's text."""
    facts = {
        "schema": 1,
        "kind": "mailwizard backup",
        "server": "mail.example.com",
        "secrets": "exclude",
        "archive": "",
    }
    return json.dumps(facts | {"files": list(files)} | other).encode()


def push(repository: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> None:
    """A commit on main with these files and symbolic links."""
    work = repository.parent / "hostile"
    work.mkdir()
    git(work, "init", "--quiet", "-b", "main")
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, target in (links or {}).items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    git(work, "add", "--all", "--force")
    git(work, "commit", "--quiet", "-m", "hostile")
    git(work, "push", "--quiet", str(repository), "HEAD:main")


def push_tree(repository: Path, rows: str) -> None:
    """A commit on main of a tree as `git mktree` reads it; BLOB is an empty file, TREE a folder with one."""
    work = repository.parent / "hostile"
    work.mkdir()
    git(work, "init", "--quiet", "-b", "main")
    blob = git(work, "hash-object", "-w", "--stdin").strip()
    folder = git(work, "mktree", stdin=f"100644 blob {blob}\tpasswd\n").strip()
    tree = git(work, "mktree", "--missing", stdin=rows.replace("BLOB", blob).replace("TREE", folder)).strip()
    commit = git(work, "commit-tree", tree, "-m", "hostile").strip()
    git(work, "push", "--quiet", str(repository), f"{commit}:refs/heads/main")
