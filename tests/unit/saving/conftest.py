"""A git host and servers that use it, in temporary folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.saving.rooted import FILES, KEYSCAN, SSH, Rooted, git


@pytest.fixture
def forge(tmp_path: Path) -> Path:
    """A folder that plays the git host; its one repository is empty."""
    repository = tmp_path / "forge" / "me" / "conf.git"
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--bare", "-b", "main")
    return tmp_path / "forge"


@pytest.fixture
def repository(forge: Path) -> Path:
    return forge / "me" / "conf.git"


@pytest.fixture
def new_server(tmp_path: Path, forge: Path) -> Callable[[str], Rooted]:
    """Makes a server without any mail server's files."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in (("ssh", SSH), ("ssh-keyscan", KEYSCAN)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def make(name: str) -> Rooted:
        return Rooted(tmp_path / name, forge, programs)

    return make


@pytest.fixture
def server(new_server: Callable[[str], Rooted]) -> Rooted:
    """A server that was set up."""
    made = new_server("server")
    for path, (text, mode) in FILES.items():
        made.put(path, text, mode)
    return made
