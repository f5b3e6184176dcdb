"""Whether anybody can read a repository: what its web address answers to one without a login."""

from __future__ import annotations

import pytest

from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.saving.public import is_public
from mailwizard.saving.remote import parse_remote

SMART = b"001e# service=git-upload-pack\n0000015547b3f1"
DUMB = b"8d3b1f0a6f7f2d0d6c2f4e5a7b8c9d0e1f2a3b4c\trefs/heads/main\n"


@pytest.mark.parametrize(
    ("remote", "status", "body", "public"),
    [
        ("git@github.com:me/conf.git", 200, SMART, True),
        ("git@github.com:me/conf.git", 401, b"", False),
        ("git@github.com:me/conf.git", 404, b"", False),
        ("git@github.com:me/conf.git", 301, b"", None),
        ("git@github.com:me/conf.git", 429, b"", None),
        ("git@git.example.org:me/conf.git", 200, SMART, True),
        ("git@git.example.org:me/conf.git", 200, DUMB, True),
        ("git@git.example.org:me/conf.git", 200, b"<!DOCTYPE html>", None),
        ("git@git.example.org:me/conf.git", 401, b"", False),
        ("git@git.example.org:me/conf.git", 404, b"", None),
        ("git@git.example.org:me/conf.git", 500, b"", None),
    ],
)
async def test_only_what_was_seen_is_believed(remote: str, status: int, body: bytes, public: bool | None) -> None:
    asked = parse_remote(remote)
    host = ImaginaryHost(pages={f"{asked.web}/info/refs?service=git-upload-pack": (status, body)})
    assert await is_public(host, asked) is public


async def test_a_host_without_a_web_server_is_doubtful() -> None:
    for text in ("git@git.example.org:me/conf.git", "ssh://git@[2001:db8::1]:2222/me/conf.git"):
        assert await is_public(ImaginaryHost(), parse_remote(text)) is None
