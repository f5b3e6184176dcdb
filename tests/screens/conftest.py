"""Textual reads how it is to look when it is imported: so it is settled before."""

from __future__ import annotations

import os

import pytest

os.environ.update(
    TEXTUAL_ANIMATIONS="none", TEXTUAL_THEME="ansi-dark", TEXTUAL_SMOOTH_SCROLL="0", LANG="C.UTF-8", LC_ALL="C.UTF-8"
)
for name in ("NO_COLOR", "TMUX", "STY"):
    os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test begins in the same terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
