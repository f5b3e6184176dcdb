"""setup.toml read from a machine."""

from __future__ import annotations

import pytest

from mailwizard.answers_file import MOST_BYTES, load
from mailwizard.errors import AnswersError
from mailwizard.host.imaginary import ImaginaryHost

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
