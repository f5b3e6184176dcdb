"""The hook, run by a real shell and awk: who may send as whom."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mailwizard.mta.hook import hook_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "post-data"
    path.write_bytes(hook_text())
    path.chmod(0o755)
    return tmp_path


def run(folder: Path, header: str, login: str = "i@example.com", sender: str = "i@example.com") -> tuple[int, str]:
    """The hook's exit code and what it says, for a message with this header (line ends as given)."""
    env = {"PATH": os.environ["PATH"], "AUTH_AS": login, "MAIL_FROM": sender}
    message = f"{header}\r\nSubject: x\r\n\r\nFrom: somebody@evil.example\r\n".encode()
    ran = subprocess.run([folder / "post-data"], input=message, env=env, capture_output=True, check=False)
    return ran.returncode, ran.stdout.decode()


GOOD = (
    "From: i@example.com",
    "from : I <i@EXAMPLE.com>, j@example.com",
    "FROM:\r\n I\r\n\t<i@example.com>",
    'From: "ceo@bank.example" <i@example.com>',
    "From: i@example.com (also ceo@bank.example)",
    'From: "a \\" b@bank.example" <i@example.com>',
    'From: <"a@bank.example"@example.com>',
    "From: i @ example . com",
    "To: ceo@bank.example\r\nFrom: i@example.com\r\nReply-To: ceo@bank.example",
    "From: team: i@example.com, j@example.com;",
    "From: =?utf-8?q?=40bank?= <i@example.com>",
)
BAD = (
    "From: ceo@bank.example",
    "From: i@example.com, ceo@bank.example",
    "From: ceo@bank.example <i@example.com>",
    "From: i@example.com\r\nFrom: ceo@bank.example",
    "From: i@example.com\r\nfrom : i@example.com",
    "From: i@example.com.bank.example",
    "From: i@sub.example.com",
    "From: i@example.com . bank.example",
    "From: i@example.com(x).bank.example",
    "From: <@bank.example:i@example.com>",
    "From: team: i@example.com, ceo@bank.example;",
    "From: i@example.com\r\n , ceo@bank.example",
    'From: "never closed <i@example.com>',
    "From: (never closed i@example.com",
    "From: nobody",
    "From:",
    "X-From: i@example.com",
    "From: i@example.com\rFrom: ceo@bank.example",
    "From: i@ex\u0430mple.com",
)


@pytest.mark.parametrize("header", GOOD)
def test_the_own_domain_may_be_sent_as(header: str, folder: Path) -> None:
    assert run(folder, header) == (0, "")


@pytest.mark.parametrize("header", BAD)
def test_another_domain_may_not(header: str, folder: Path) -> None:
    code, said = run(folder, header)
    assert code == 20
    assert len(said.splitlines()) == 1  # chasquid passes the last line on


@pytest.mark.parametrize(
    ("sender", "code"),
    [("i@example.com", 0), ("J@Example.COM", 0), ("<>", 0), ("i@other.example", 20), ("i@sub.example.com", 20)],
)
def test_the_envelope_is_held_to_the_login(sender: str, code: int, folder: Path) -> None:
    assert run(folder, "From: i@example.com", sender=sender)[0] == code


def test_mail_from_outside_is_not_touched(folder: Path) -> None:
    assert run(folder, "From: anybody@bank.example", login="", sender="x@bank.example") == (0, "")


@pytest.mark.parametrize(("login", "said"), [("i@example.com", "X-Own: 1\n"), ("", "X-Own: 1\n")])
def test_a_hook_of_ones_own_gets_the_whole_message(login: str, said: str, folder: Path) -> None:
    own = folder / "post-data.local"
    own.write_text('#!/bin/sh\ncat >"${0%/*}/seen"\necho "X-Own: 1"\n')
    own.chmod(0o755)
    assert run(folder, "From: i@example.com", login=login) == (0, said)
    assert (folder / "seen").read_bytes().startswith(b"From: i@example.com\r\nSubject: x\r\n\r\nFrom: somebody")
    assert run(folder, "From: ceo@bank.example")[0] == 20


def test_its_refusal_counts(folder: Path) -> None:
    own = folder / "post-data.local"
    own.write_text("#!/bin/sh\ncat >/dev/null\necho spam\nexit 20\n")
    own.chmod(0o755)
    assert run(folder, "From: i@example.com") == (20, "spam\n")


def test_it_is_clean_by_the_shells_own_judgement() -> None:
    shell = shutil.which("dash") or shutil.which("sh")
    assert shell
    assert subprocess.run([shell, "-n"], input=hook_text(), check=False).returncode == 0
