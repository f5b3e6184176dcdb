"""The DNS plugin's variables on disk, as systemd reads them back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.acme.credentials import Kept, as_environment, credentials_changes, from_environment, kept_credentials
from mailwizard.answers import CREDENTIALS_PATH
from mailwizard.changes.files import WriteFile
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.secret import Secret

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, blacklist_characters="\x7f"), max_size=40)


@given(PRINTABLE)
def test_any_value_comes_back_as_it_was(text: str) -> None:
    assert from_environment(as_environment({"A": Secret(text)})) == {"A": Secret(text)}


@pytest.mark.parametrize("text", ["a b", "it's", 'x"y', "a$HOME`id`", "back\\slash", "#no comment", " spaced "])
def test_a_shell_reads_the_same(text: str, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text(as_environment({"MW_VALUE": Secret(text)}))
    shell = shutil.which("sh")
    assert shell
    ran = subprocess.run(
        [shell, "-c", '. "$1"; printf %s "$MW_VALUE"', "sh", str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout == text


async def test_new_variables_are_kept_for_root_alone() -> None:
    host = ImaginaryHost()
    changes = await credentials_changes(host, {"CF_Token": Secret("s3cret")})
    write = changes[-1]
    assert isinstance(write, WriteFile) and write.mode == 0o600 and write.secret
    assert "s3cret" not in await write.diff(host) + str(write.as_json())
    for change in changes:
        await change.perform(host, print)
    assert await kept_credentials(host) == Kept({"CF_Token": Secret("s3cret")})
    assert await credentials_changes(host, {"CF_Token": Secret("s3cret")}) == []


async def test_a_good_file_of_the_users_own_is_left_alone() -> None:
    host = ImaginaryHost({CREDENTIALS_PATH: ImaginaryFile(b"# mine\nA=b\n", 0o600)})
    assert await credentials_changes(host, {"A": Secret("b")}) == []
    assert [type(change) for change in await credentials_changes(host, {"A": Secret("c")})] == [WriteFile]


async def test_nothing_given_changes_nothing() -> None:
    assert await credentials_changes(ImaginaryHost(), {}) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"s3cret\n", "credentials.env: line 1: it is not KEY=VALUE"),
        (b"\xff\xfes3cret", "credentials.env: it is not UTF-8; is it a text file?"),
        (b"A=s3cret\n" * 200_000, "credentials.env: it is 1800000 bytes, more than any such file has"),
    ],
    ids=["no pairs", "binary", "huge"],
)
async def test_a_file_that_cannot_be_read_says_why_and_is_written_anew(content: bytes, fault: str) -> None:
    host = ImaginaryHost({CREDENTIALS_PATH: ImaginaryFile(content, 0o600)})
    assert await kept_credentials(host) == Kept({}, fault)
    for change in await credentials_changes(host, {"CF_Token": Secret("new")}):
        await change.perform(host, print)
    assert await kept_credentials(host) == Kept({"CF_Token": Secret("new")})


async def test_a_file_that_others_may_read_is_closed_to_them() -> None:
    host = ImaginaryHost({CREDENTIALS_PATH: ImaginaryFile(b"A=b\n", 0o644)})
    for change in await credentials_changes(host, {"A": Secret("b")}):
        await change.perform(host, print)
    assert host.files[CREDENTIALS_PATH] == ImaginaryFile(b"A=b\n", 0o600)
