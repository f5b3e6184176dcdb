"""The page on the hosting provider, and who may change a server."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.hoster import about
from mailwizard.hosting import Guess
from mailwizard.opening import _take
from mailwizard.sitting import LOCK_PATH
from tests.screens.imagined import SETUP, imagined, wizard_of
from tests.screens.story import story


@pytest.mark.parametrize("name", ["server", "addresses", "reverse_dns"])
async def test_the_hoster_is_recognised_and_a_ticket_is_ready(name: str) -> None:
    async with story() as now:
        await now.open(name)
        now.app.screen.query_one("#found").focus()
        await now.press("t")
        assert "Contabo, by the network that 198.51.100.7 is in." in now.shown
        assert "https://my.contabo.com/rdns" in now.shown
        await now.press("c")
        assert now.app.clipboard.startswith("Subject: Please open outgoing port 25")
        assert "- 198.51.100.7" in now.app.clipboard


def test_an_unknown_hoster_is_said_to_be_unknown() -> None:
    assert about(Guess(None)).startswith("Your hosting provider is not known to mailwizard.")


async def test_a_second_terminal_only_looks_and_says_why() -> None:
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP})
    host.locked.add(LOCK_PATH)
    wizard = wizard_of(imagined(), host)
    async with AsyncExitStack() as stack:
        await _take(wizard, stack)
    assert "mailwizard" in wizard.read_only_because


async def test_an_ordinary_user_only_looks_and_says_why() -> None:
    wizard = wizard_of(imagined(), ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP}, root=False))
    async with AsyncExitStack() as stack:
        await _take(wizard, stack)
    assert wizard.read_only_because.startswith("You are not root")


async def test_the_first_terminal_holds_the_lock_until_its_end() -> None:
    host = ImaginaryHost({"/etc/mailwizard/setup.toml": SETUP})
    wizard = wizard_of(imagined(), host)
    async with AsyncExitStack() as stack:
        await _take(wizard, stack)
        assert LOCK_PATH in host.locked
    assert wizard.read_only_because == ""
    assert LOCK_PATH not in host.locked
