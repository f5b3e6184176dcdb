"""setup.toml read from a machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwizard.answers_file import MOST_BYTES, load
from mailwizard.errors import AnswersError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog

GOOD = 'schema = 1\n[server]\nhostname = "smtp.example.com"\n[[domain]]\nname = "example.com"\n'


async def test_a_file_of_the_host_is_read() -> None:
    host = ImaginaryHost(files={"/etc/mailwizard/setup.toml": GOOD})
    assert (await load(host, "/etc/mailwizard/setup.toml")).server.hostname == "smtp.example.com"


async def test_a_missing_file_is_named() -> None:
    with pytest.raises(AnswersError, match=r"^none.toml: there is no file /x/none.toml; "):
        await load(ImaginaryHost(files={}), "/x/none.toml")


async def test_a_folder_is_no_file() -> None:
    with pytest.raises(AnswersError, match=r"^mailwizard: /etc/mailwizard is a folder"):
        await load(ImaginaryHost(files={"/etc/mailwizard/setup.toml": GOOD}), "/etc/mailwizard")


async def test_a_huge_file_is_refused() -> None:
    host = ImaginaryHost(files={"/x/setup.toml": b"#" * (MOST_BYTES + 1)})
    with pytest.raises(AnswersError, match=r"^setup.toml: it is 1000001 bytes"):
        await load(host, "/x/setup.toml")


@pytest.mark.parametrize("kind", ["pipe", "device", "dangling link"])
async def test_what_is_no_file_is_told_from_a_missing_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "setup.toml"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "/nowhere")
    with pytest.raises(AnswersError, match=r"^setup.toml: .* is no file with text in it"):
        await load(LocalHost(CommandLog(None)), str(path))


async def test_a_link_in_a_circle_is_a_bad_answers_file(tmp_path: Path) -> None:
    (tmp_path / "setup.toml").symlink_to("setup.toml")
    with pytest.raises(AnswersError, match=r"^setup.toml: .*Too many levels"):
        await load(LocalHost(CommandLog(None)), str(tmp_path / "setup.toml"))


async def test_a_byte_order_mark_is_named() -> None:
    host = ImaginaryHost(files={"/x/setup.toml": b"\xef\xbb\xbf" + GOOD.encode()})
    with pytest.raises(AnswersError, match=r"^setup.toml: it begins with a byte order mark"):
        await load(host, "/x/setup.toml")


async def test_a_huge_key_is_cut_short_in_the_sentence() -> None:
    host = ImaginaryHost(files={"/x/setup.toml": f"{GOOD}{'a' * 900_000} = 1\n"})
    with pytest.raises(AnswersError, match=r"^setup.toml: domain\[0\].a{10,100}\.\.\.: there is no such key$"):
        await load(host, "/x/setup.toml")
