"""The catalogue of DNS plugins."""

from __future__ import annotations

import re

import pytest

from mailwizard.acme.plugins import NAME, Plugin, Variable, plugins, similar


def test_every_plugin_of_the_catalogue_can_be_used() -> None:
    assert len(plugins()) > 190
    for plugin in plugins().values():
        assert NAME.fullmatch(plugin.name) and plugin.title
        for variable in plugin.all_variables:
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable.name), plugin.name
        assert plugin.missing([variable.name for variable in plugin.all_variables]) == ()


@pytest.mark.parametrize(
    ("name", "variables"),
    [  # where the plugins' own headers do not say what their code reads
        ("dns_beget", {"Beget_Username", "Beget_Password"}),
        ("dns_desec", {"DEDYN_TOKEN"}),
        ("dns_czechia", {"CZ_AuthorizationToken", "CZ_Zones", "CZ_API_BASE"}),
        ("dns_gandi_livedns", {"GANDI_LIVEDNS_KEY", "GANDI_LIVEDNS_TOKEN"}),
        ("dns_poweradmin", {"POWERADMIN_URL", "POWERADMIN_API_KEY", "POWERADMIN_API_VERSION"}),
        ("dns_comlaude", {"COMLAUDE_USERNAME", "COMLAUDE_PASSWORD", "COMLAUDE_API_KEY", "COMLAUDE_GROUP_ID"}),
    ],
)
def test_the_lies_of_the_headers_are_corrected(name: str, variables: set[str]) -> None:
    assert {variable.name for variable in plugins()[name].all_variables} == variables


def test_the_template_is_no_plugin() -> None:
    assert "dns_myapi" not in plugins()


def test_nsupdate_brings_its_program_and_hides_nothing_harmless() -> None:
    plugin = plugins()["dns_nsupdate"]
    assert plugin.packages == ("bind9-dnsutils",) and plugin.missing([]) == ()
    assert "NSUPDATE_OPT" in {variable.name for variable in plugin.variables if variable.optional}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), ("CF_Token",)),
        (("CF_Token",), ()),
        (("CF_Key",), ("CF_Email",)),
        (("CF_Email", "CF_Key"), ()),
        (("CF_Token", "CF_Key"), ()),
    ],
)
def test_any_complete_set_will_do_and_a_begun_one_is_meant(given: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert plugins()["dns_cf"].missing(given) == missing


def test_a_variable_of_two_sets_is_listed_once() -> None:
    plugin = Plugin("dns_x", "X", variables=(Variable("A"),), alternatives=((Variable("A"), Variable("B")),))
    assert [variable.name for variable in plugin.all_variables] == ["A", "B"]


def test_a_slip_of_the_pen_is_recognised() -> None:
    assert similar("dns_hetznercloude") == "dns_hetznercloud"
    assert similar("completely_else") == ""
