"""The questions of each step: what they propose, what they refuse, and where the answers go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard.demo.machine import DemoHost
from mailwizard.demo.opening import wizard_in
from mailwizard.demo.world import World
from mailwizard.errors import AnswersError
from mailwizard.finding import Finding, Status
from mailwizard.forms.field import Field
from mailwizard.forms.steps import fields_of
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.secret import Secret
from mailwizard.wizard import Wizard


@pytest.fixture
def wizard() -> Wizard:
    return wizard_in(World(pace=0))


def field(wizard: Wizard, step: str, key: str) -> Field:
    return next(one for one in fields_of(step, wizard) if one.key == key)


def test_a_new_domain_keeps_the_others_answers(wizard: Wizard) -> None:
    wizard.answer(field(wizard, "names", "domains"), "wizard-lab.example, another.example")
    first, second = wizard.answers.domains
    assert (first.senders, second.senders) == (("i",), ())
    assert [one.key for one in fields_of("senders", wizard)][:2] == ["senders_0", "senders_1"]


def test_the_plugins_variables_follow_the_choice_and_stay_out_of_the_file(wizard: Wizard) -> None:
    token = field(wizard, "certificate", "variable_CF_Token")
    assert token.secret
    assert wizard.answer(token, "a-new-token-of-mine")
    assert wizard.credentials["CF_Token"].reveal() == "a-new-token-of-mine"
    assert "a-new-token-of-mine" not in wizard.draft.text
    assert "a-new-token-of-mine" not in token.fault("a-new-token-of-mine")


def keys(wizard: Wizard) -> list[str]:
    return [one.key.removeprefix("variable_") for one in fields_of("certificate", wizard)][2:-1]


def test_a_plugin_with_several_ways_asks_which_and_then_for_its_variables_alone(wizard: Wizard) -> None:
    assert keys(wizard) == ["way", "CF_Token", "CF_Account_ID", "CF_Zone_ID"]
    way = field(wizard, "certificate", "way")
    assert way.value == "API token" and [value for value, _ in way.choices] == [
        "API token",
        "Global API key and e-mail",
    ]
    before = wizard.draft.text
    assert not wizard.answer(way, "API token") and wizard.ways == {}
    assert wizard.answer(way, "Global API key and e-mail")
    assert keys(wizard) == ["way", "CF_Key", "CF_Email"] and wizard.draft.text == before
    key, email = (field(wizard, "certificate", f"variable_{name}") for name in ("CF_Key", "CF_Email"))
    assert key.secret and not email.secret


def test_what_was_typed_for_another_way_is_not_given_and_comes_back_with_it(wizard: Wizard) -> None:
    wizard.answer(field(wizard, "certificate", "way"), "Global API key and e-mail")
    wizard.answer(field(wizard, "certificate", "variable_CF_Key"), "a-global-key")
    assert set(wizard.credentials_in_use) == {"CF_Key"}
    wizard.answer(field(wizard, "certificate", "way"), "API token")
    assert set(wizard.credentials_in_use) == {"CF_Token"}
    assert field(wizard, "certificate", "variable_CF_Token").value


def test_what_another_providers_plugin_was_given_is_not_for_this_one(wizard: Wizard) -> None:
    wizard.credentials["OF_NO_PLUGIN"] = Secret("x")
    wizard.answer(field(wizard, "certificate", "dns_plugin"), "dns_ovh")
    assert keys(wizard) == ["OVH_END_POINT", "OVH_AK", "OVH_AS", "OVH_CK"]
    assert [field(wizard, "certificate", f"variable_{name}").secret for name in keys(wizard)] == [
        False,
        True,
        True,
        True,
    ]
    assert set(wizard.credentials_in_use) == {"OF_NO_PLUGIN"}
    wizard.answer(field(wizard, "certificate", "dns_plugin"), "dns_cf")
    assert set(wizard.credentials_in_use) == {"CF_Token", "OF_NO_PLUGIN"}


def test_both_ways_given_by_hand_stay_until_one_is_chosen(wizard: Wizard) -> None:
    wizard.credentials |= {"CF_Key": Secret("a-key"), "CF_Email": Secret("me@example.net")}
    assert set(wizard.credentials_in_use) == {"CF_Token", "CF_Key", "CF_Email"}


def test_the_catalogues_notes_are_shown_at_the_fields(wizard: Wizard) -> None:
    wizard.answer(field(wizard, "certificate", "dns_plugin"), "dns_inwx")
    assert "it needs oathtool on the server" in field(wizard, "certificate", "dns_plugin").help
    assert field(wizard, "certificate", "variable_INWX_Shared_Secret").help.lower().count("optional") == 1
    wizard.answer(field(wizard, "certificate", "dns_plugin"), "dns_cf")
    assert field(wizard, "certificate", "variable_CF_Zone_ID").help == "Zone ID. Optional."


@pytest.mark.parametrize("text", ["one\ntwo", "a\x1b[2Jb", "a\x00b"])
def test_a_variable_that_no_line_can_hold_is_refused_and_not_shown(text: str, wizard: Wizard) -> None:
    asked = field(wizard, "certificate", "variable_CF_Token")
    assert asked.fault(text) == '"***" has a control character in it'
    with pytest.raises(ValueError):
        wizard.answer(asked, text)


def test_the_gateway_found_is_the_one_proposed_and_then_the_one_in_use(wizard: Wizard) -> None:
    at = wizard.number("addresses")
    missing = Finding("ipv6.route", Status.FAILED, "IPv6 route", expected="default via fe80::1")
    for found in (missing, Finding("ipv6.route", Status.OK, "IPv6 route", "", "a default route", ("via fe80::2",))):
        wizard.steps[at] = replace(wizard.steps[at], findings=(found,))
        gateway = field(wizard, "addresses", "ipv6_gateway").found
        assert gateway == ("fe80::1" if found is missing else "fe80::2")


async def test_the_hosting_provider_that_was_recognised_is_filled_in(wizard: Wizard) -> None:
    host = wizard.host
    assert isinstance(host, DemoHost) and field(wizard, "reverse_dns", "provider").found == ""
    for vendor, id in (("", "contabo"), ("Hetzner", "hetzner")):  # by its network; by what the machine says
        host.files["/sys/class/dmi/id/sys_vendor"] = ImaginaryFile(vendor.encode(), 0o444)
        await wizard.look("reverse_dns")
        shown = field(wizard, "reverse_dns", "provider")
        assert (shown.value, shown.found) == ("", id) and not shown.fault(shown.found)


def test_receiving_brings_a_field_for_each_sender(wizard: Wizard) -> None:
    keys = ["receive_0", "forward_0_all", "forward_0_i", "forward_0_reports"]
    assert [one.key for one in fields_of("forwarding", wizard)] == keys
    wizard.answer(field(wizard, "forwarding", "receive_0"), "no")
    assert [one.key for one in fields_of("forwarding", wizard)] == ["receive_0"]


def test_reports_and_postmaster_are_asked_about_once(wizard: Wizard) -> None:
    asked = field(wizard, "forwarding", "forward_0_reports")
    assert (asked.value, asked.found) == ("", "somebody@gmail.com")
    wizard.draft.set_domain(0, "forward", {"i": "somebody@gmail.com", "abuse": "other@x.test"})
    wizard.answer(field(wizard, "forwarding", "forward_0_reports"), "me@x.test")
    roles = {"postmaster": "me@x.test", "rua": "me@x.test"}
    assert wizard.answers.domains[0].forward == {"i": "somebody@gmail.com", "abuse": "other@x.test", **roles}
    assert field(wizard, "forwarding", "forward_0_reports").value == "me@x.test"
    wizard.answer(field(wizard, "forwarding", "forward_0_reports"), "")
    assert wizard.answers.domains[0].forward == {"i": "somebody@gmail.com", "abuse": "other@x.test"}


def test_the_backups_other_fields_follow_its_repository(wizard: Wizard) -> None:
    wizard.answer(field(wizard, "backup", "remote"), "git@git.example:me/conf.git")
    wizard.answer(field(wizard, "backup", "secrets"), "exclude")
    assert [one.key for one in fields_of("backup", wizard)] == ["remote", "secrets"]


@pytest.mark.parametrize(
    ("step", "key", "text"),
    [
        ("addresses", "ipv4", "1.2.3"),
        ("addresses", "ipv6", "fe80::1"),
        ("names", "hostname", "no host"),
        ("certificate", "email", "nobody"),
        ("records", "dmarc_rua_0", "rua"),
        ("backup", "remote", "https://git.example/conf"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(step: str, key: str, text: str, wizard: Wizard) -> None:
    before = wizard.draft.text
    asked = field(wizard, step, key)
    assert asked.fault(text)
    with pytest.raises((ValueError, AnswersError)):
        wizard.answer(asked, text)
    assert wizard.draft.text == before


def test_the_same_answer_again_is_nothing_new(wizard: Wizard) -> None:
    asked = field(wizard, "addresses", "ipv6")
    assert wizard.answer(asked, "off")
    assert not wizard.answer(asked, "off")
