"""The files of credentials and passwords: what is taken, what is refused, and that a complaint never shows content."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mailwizard import credentials_file, passwords_file
from mailwizard.errors import UsageError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog


def test_credentials_are_taken_with_their_quotes_left_out() -> None:
    text = "# Cloudflare\n\nCF_Token=abc=def\nexport CF_Zone_ID='z 1'\r\nEMPTY=\n"
    found = credentials_file.parse(text, "/x/credentials.env")
    assert {key: value.reveal() for key, value in found.items()} == {
        "CF_Token": "abc=def",
        "CF_Zone_ID": "z 1",
        "EMPTY": "",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("CF_Token hunter2", "credentials.env: line 1: it is not KEY=VALUE"),
        ("A=1\nhun ter2=x", "credentials.env: line 2: it is not KEY=VALUE"),
        ("A=1\nA=hunter2", "credentials.env: line 2: A is there twice"),
        ("PATH=/hunter2", "credentials.env: line 1: PATH is no variable of a DNS plugin"),
        ("LD_PRELOAD=hunter2", "credentials.env: line 1: LD_PRELOAD is no variable of a DNS plugin"),
        ("A=hunter2\x1b[2J", "credentials.env: line 1: the value of A has a control character"),
    ],
)
def test_wrong_credentials_are_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        credentials_file.parse(text, "/x/credentials.env")
    assert str(refused.value) == says and "hunter2" not in says.replace("hunter2 ", "")


def test_a_password_is_all_after_the_first_colon() -> None:
    found = passwords_file.parse("i@Example.com: a:b# \n#j@example.com:x\n", "p")
    assert {key: value.reveal() for key, value in found.items()} == {"i@example.com": " a:b# "}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hunter2", "p: line 1: it is not address:password"),
        ("hunter2:x", "p: line 1: before the colon is no mail address"),
        ("i@example.com:", "p: line 1: the password is empty or has a control character"),
        ("i@example.com:hun\x00ter2", "p: line 1: the password is empty or has a control character"),
        ("i@example.com:a\nI@example.com:hunter2", "p: line 2: its address is there twice"),
    ],
)
def test_wrong_passwords_are_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        passwords_file.parse(text, "/x/p")
    assert str(refused.value) == says


async def test_passwords_come_from_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "typed").write_text("i@example.com:hunter2\n")
    monkeypatch.setattr(sys, "stdin", (tmp_path / "typed").open())
    found, warnings = await passwords_file.load(ImaginaryHost(files={}), "-")
    assert found["i@example.com"].reveal() == "hunter2" and not warnings


async def test_a_file_that_others_can_read_gets_a_warning() -> None:
    host = ImaginaryHost(files={})
    await host.make_dir("/x", mode=0o755)
    await host.write("/x/credentials.env", b"A=1\n", mode=0o644)
    found, warnings = await credentials_file.load(host, "/x/credentials.env")
    assert found["A"].reveal() == "1"
    assert warnings == ["/x/credentials.env can be read by others on this machine; run chmod 600 /x/credentials.env"]
    await host.write("/x/credentials.env", b"A=1\n", mode=0o600)
    assert (await credentials_file.load(host, "/x/credentials.env"))[1] == []


async def test_a_missing_file_of_secrets_is_named() -> None:
    with pytest.raises(UsageError, match=r"^p: there is no file /x/p$"):
        await passwords_file.load(ImaginaryHost(files={}), "/x/p")


async def test_a_binary_file_of_secrets_is_refused_without_its_content() -> None:
    with pytest.raises(UsageError, match=r"^p: it is not UTF-8; is it a text file\?$"):
        await passwords_file.load(ImaginaryHost(files={"/x/p": b"\xff\xfe"}), "/x/p")


async def test_a_file_of_secrets_without_a_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^The file of secrets has no name"):
        await passwords_file.load(ImaginaryHost(files={}), "")


async def test_a_pipe_is_no_file_of_secrets(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    with pytest.raises(UsageError, match=r"^p: .* is no file with text in it"):
        await passwords_file.load(LocalHost(CommandLog(None)), str(tmp_path / "p"))


async def test_a_file_of_forty_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "p").open("wb") as file:
        file.truncate(40 << 30)
    with pytest.raises(UsageError, match=r"^p: it is 42949672960 bytes"):
        await passwords_file.load(LocalHost(CommandLog(None)), str(tmp_path / "p"))
