"""The catalogue of DNS plugins."""

from __future__ import annotations

import re

import pytest

from mailwizard.acme.plugins import NAME, Plugin, Variable, Way, by_way, is_harmless, plugins, similar
from mailwizard.secret import Secret


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
    assert "NSUPDATE_OPT" in {variable.name for variable in plugin.all_variables if variable.optional}


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


@pytest.mark.parametrize(
    ("plugin", "given", "title"),
    [
        ("dns_cf", (), "API token"),
        ("dns_cf", ("CF_Email",), "Global API key and e-mail"),
        ("dns_cf", ("CF_Key", "CF_Email", "CF_Token"), "API token"),  # acme.sh too takes the token then
        ("dns_azure", ("AZUREDNS_SUBSCRIPTIONID",), "Service principal"),  # which both have, and both are begun
        ("dns_netcup", ("NC_Apikey",), "REST API key"),
        ("dns_netcup", ("NC_Apikey", "NC_Apipw", "NC_CID"), "CCP API key and password"),
        ("dns_netcup", ("NC_Apikey", "NC_Apikey_Legacy", "NC_Apipw", "NC_CID"), "Both, for old domains"),
        ("dns_cloudns", ("CLOUDNS_SUB_AUTH_ID", "CLOUDNS_AUTH_PASSWORD"), "Sub auth ID"),
    ],
)
def test_the_variables_given_tell_the_way(plugin: str, given: tuple[str, ...], title: str) -> None:
    assert plugins()[plugin].way(given).title == title


def test_every_way_has_a_title_of_its_own_and_needs_something() -> None:
    several = [plugin for plugin in plugins().values() if len(plugin.ways) > 1]
    assert len(several) > 9
    for plugin in several:
        titles = {way.title for way in plugin.ways}
        assert "" not in titles and len(titles) == len(plugin.ways) and all(way.needed for way in plugin.ways), plugin


@pytest.mark.parametrize("name", ["dns_zonomi", "dns_level27"])
def test_an_address_alone_is_not_a_way(name: str) -> None:
    assert plugins()[name].missing(()) and len(plugins()[name].ways) == 1


def test_of_the_other_ways_only_what_is_not_given_is_left_over() -> None:
    plugin = plugins()["dns_cf"]
    assert plugin.others(("CF_Key", "CF_Email")) == ("CF_Token",)
    assert plugin.others(("CF_Key",)) == () == plugin.others(("CF_Token", "CF_Key", "CF_Email"))


def test_a_chosen_way_leaves_out_other_plugins_and_keeps_what_nobody_knows() -> None:
    given = {name: Secret("x") for name in ("CF_Token", "CF_Key", "OVH_AS", "HTTPS_PROXY")}
    assert set(by_way("dns_cf", "API token", given)) == {"CF_Token", "HTTPS_PROXY"}


def test_a_variable_of_two_ways_is_listed_once() -> None:
    plugin = Plugin("dns_x", "X", ways=(Way((Variable("A"),)), Way((Variable("A"), Variable("B")))))
    assert [variable.name for variable in plugin.all_variables] == ["A", "B"]


def test_a_slip_of_the_pen_is_recognised() -> None:
    assert similar("dns_hetznercloude") == "dns_hetznercloud"
    assert similar("completely_else") == ""


# names in which a secret's own word occurs, and that may be seen; every other such name is secret
LOOKS_SECRET = re.compile(
    r"token|key|pass|pw|pin|secret|cred|api|auth|hash|sha|data|sid|cookie|cert|_?(?:pat|as|ak|ck|sk|id)$", re.IGNORECASE
)
SEEN = {
    "a user's name": (
        "AF_API_USERNAME BH_API_USER DD_API_User REGRU_API_Username SERVERCOW_API_Username SUBREG_API_USERNAME "
        "MYDNSJP_MasterID QC_API_EMAIL"
    ),
    "the number or name of an account, customer, project or tenant; the password is another variable": (
        "CF_Account_ID CLOUDDNS_CLIENT_ID CLOUDNS_AUTH_ID CLOUDNS_SUB_AUTH_ID COMLAUDE_GROUP_ID CONOHA_TenantId "
        "AZUREDNS_SUBSCRIPTIONID AZUREDNS_TENANTID DNSimple_ACCOUNT_ID GLESYS_PROJECT_ID NC_CID OS_PROJECT_DOMAIN_ID "
        "OS_USER_DOMAIN_ID PDNS_ServerId RLTX_OrganizationID SITEHOST_CLIENT_ID SL_Login_ID Sotoon_WorkspaceUUID "
        "YANDEX360_ORG_ID YC_Folder_ID YC_SA_ID ZONEEDIT_ID"
    ),
    "the public half of OAuth's client credentials (RFC 6749 section 2.2)": (
        "AZUREDNS_APPID CURANET_AUTHCLIENTID Dynu_ClientId NIC_ClientID YANDEX360_CLIENT_ID"
    ),
    "a zone's number": "CF_Zone_ID HOSTUP_ZONE_ID OPTIDATA_Zone_ID YC_Zone_ID",
    "an address without a password": (
        "CONOHA_IdentityServiceApi CZ_API_BASE EURODNS_API_URL GLESYS_API HETZNER_API HOSTUP_API_BASE "
        "INFOMANIAK_API_URL ISPC_Api LEVEL27_API LOOPIA_Api NEXDNS_Api NW_API_ENDPOINT OPTEAMAX_Api OPTIDATA_Api "
        "OPUSDNS_API_Endpoint OS_AUTH_URL ZM_Api"
    ),
    "a switch, a kind or a version": (
        "DA_Api_Insecure ISPC_Api_Insecure KAS_Authtype OPNs_Api_Insecure OS_AUTH_TYPE OS_IDENTITY_API_VERSION "
        "POWERADMIN_API_VERSION AZUREDNS_MANAGEDIDENTITY"
    ),
    "the path of a file that only root can read": "NSUPDATE_KEY OCI_CLI_KEY_FILE YC_SA_Key_File_Path",
    "a place": "OPTIDATA_Location",
}


def test_what_looks_like_a_secret_is_one_unless_a_reason_is_written_down() -> None:
    every = {variable.name for plugin in plugins().values() for variable in plugin.all_variables}
    seen = {name for names in SEEN.values() for name in names.split()}
    assert seen <= every
    assert {name for name in every if is_harmless(name, "") and LOOKS_SECRET.search(name)} <= seen
    assert all(is_harmless(name, "") for name in seen)


@pytest.mark.parametrize(
    "name",
    [
        *("OVH_AK", "OVH_AS", "OVH_CK", "MB_AK", "MB_AS", "NC_Apipw", "Infoblox_Creds", "EfficientIP_Creds"),
        *("MUUMUU_PAT", "DA_Api", "KAS_Authdata", "NM_sha256", "MGWM_API_HASH", "HESTIA_ACCESS", "KNOT_KEY"),
        *("NSUPDATE_OPT", "TRANSIP_Key_File", "KEY"),  # -y holds a key; a URL may lead to one; a name for anything
        *("LEXICON_CLOUDFLARE_TOKEN", "SOME_PLUGIN_THAT_NOBODY_KNOWS"),
    ],
)
def test_these_are_secret(name: str) -> None:
    assert not is_harmless(name, "anything")


def test_a_variable_is_harmless_in_all_plugins_or_in_none() -> None:
    every = {(v.name, v.harmless) for plugin in plugins().values() for way in plugin.ways for v in way.variables}
    assert len(every) == len({name for name, _ in every})


@pytest.mark.parametrize("value", ["https://me:word@pdns.example:8081/", "http://token@pdns.example", "//a:b@c"])
def test_an_address_with_a_password_in_it_is_secret(value: str) -> None:
    assert not is_harmless("PDNS_Url", value)
    assert is_harmless("PDNS_Url", "https://pdns.example:8081/a@b")
