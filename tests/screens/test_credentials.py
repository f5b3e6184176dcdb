"""The step Certificate asks for what a DNS provider's plugin wants: which way, and that way's variables."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from mailwizard.answers import CREDENTIALS_PATH
from screens.widgets.choose import Choose
from tests.screens.story import Story, story


def asked(now: Story) -> list[str]:
    """The variables that are asked for."""
    return [str(entry.id).removeprefix("variable_") for entry in now.app.screen.query(Input) if entry.id != "email"]


async def at(now: Story, field: str, *keys: str) -> None:
    now.app.screen.query_one(f"#{field}").focus()
    await now.press(*keys)


async def provider(now: Story, name: str) -> None:
    await at(now, "dns_plugin", "enter", *name, "enter")


async def test_of_two_ways_one_is_chosen_and_only_its_variables_are_asked_given_and_kept() -> None:
    async with story() as now:
        for name in ("server", "addresses"):
            await now.apply(name)
        await now.open("certificate")
        assert asked(now) == ["CF_Token", "CF_Account_ID", "CF_Zone_ID"]
        await at(now, "way", "right")
        assert asked(now) == ["CF_Key", "CF_Email"] and "2 of 2" in now.shown
        assert now.app.focused is now.app.screen.query_one("#way", Choose)
        assert "dns_cf needs CF_Token, or CF_Key and CF_Email" in " ".join(now.shown.split())
        await at(now, "variable_CF_Key", *"my-global-key", "tab")
        assert "CF_Email is missing" in " ".join(now.shown.split()) and "my-global-key" not in now.shown
        await at(now, "variable_CF_Email", *"me@example.net", "tab")
        assert "me@example.net" in now.shown
        await now.apply("certificate")
        kept = (await now.wizard.host.read(CREDENTIALS_PATH)).decode()
        assert "CF_Key" in kept and "CF_Email" in kept and "CF_Token" not in kept
        assert "my-global-key" not in "\n".join(now.wizard.host.log.tail) + now.shown


async def test_the_first_way_comes_back_with_what_was_typed_for_it() -> None:
    async with story() as now:
        await now.open("certificate")
        await at(now, "way", "right", "left")
        assert now.app.screen.query_one("#variable_CF_Token", Input).value
        assert now.wizard.draft.text.count("API token") == 0


@pytest.mark.parametrize(("name", "secret"), [("ovh", "OVH_AS"), ("mythic", "MB_AS"), ("directadmin", "DA_Api")])
async def test_what_is_typed_for_a_secret_variable_is_not_shown(name: str, secret: str) -> None:
    async with story() as now:
        await now.open("certificate")
        await provider(now, name)
        await at(now, f"variable_{secret}", *"never-seen", "tab")
        assert now.wizard.credentials[secret].reveal() == "never-seen"
        assert "never-seen" not in now.shown + "\n".join(now.wizard.host.log.tail)


async def test_the_note_on_a_provider_is_shown_where_it_is_chosen() -> None:
    async with story() as now:
        await now.open("certificate")
        await provider(now, "inwx")
        assert "two-factor log-in it needs oathtool on the server." in " ".join(now.shown.split())
        assert asked(now) == ["INWX_User", "INWX_Password", "INWX_Shared_Secret"]
