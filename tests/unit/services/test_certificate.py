"""The step Certificate on an imaginary machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from mailwizard.acme import places
from mailwizard.acme.client import QUIET_PATH
from mailwizard.acme.issue import InstallCertificate, IssueCertificate
from mailwizard.acme.plugins import script_path
from mailwizard.acme.renewal import FAILED, SERVICE, TIMER
from mailwizard.answers import CREDENTIALS_PATH, Answers, Certificate, Domain, Server
from mailwizard.change import Change
from mailwizard.changes import from_json
from mailwizard.debian.testing import OWN_KEYRING
from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.errors import CommandFailed, HostError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Host
from mailwizard.secret import Secret
from mailwizard.services import certificate as service
from tests.unit.acme.certificates import NOW, pair
from tests.unit.services.debian_machine import MIRROR, DebianMachine

TOKEN = Secret("s3cr3t-t0ken")
ANSWERS = Answers(
    server=Server(hostname="smtp.example.com"),
    certificate=Certificate(email="admin@example.com", dns_plugin="dns_cf"),
    domains=(Domain("example.com"),),
)
CHAIN, KEY = places.chain_path("smtp.example.com"), places.key_path("smtp.example.com")


class CaaDns:
    """A DNS in which CAA alone is asked for; `outcome` is the one of the second server."""

    def __init__(self, *values: str, outcome: Outcome = Outcome.FOUND) -> None:
        self.values, self.outcome = values, outcome

    async def authoritative(self, name: str, type: str) -> list[Answer]:
        good = Answer(name, type, Outcome.NO_DATA, server="ns1.example.net (192.0.2.1)")
        records = tuple(Record(name, type, 60, value) for value in self.values) if name == "example.com" else ()
        outcome = self.outcome if records or self.outcome is Outcome.UNKNOWN else Outcome.NO_DATA
        return [good, Answer(name, type, outcome, records, server="ns2.example.net (192.0.2.2)", why="timed out")]

    async def authoritative_lookup(self, name: str, type: str) -> Answer:
        assert "." not in name, "one server is not enough"
        return (await self.authoritative(name, type))[0]

    async def authoritative_now(self, name: str, type: str) -> list[Answer]:
        return await self.authoritative(name, type)


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return NOW

    monkeypatch.setattr(service, "datetime", Clock)


def step(dns: CaaDns | None = None, **variables: Secret) -> service.Certificate:
    return service.Certificate(dns or CaaDns(), variables)  # type: ignore[arg-type]


async def perform(host: Host, changes: list[Change]) -> None:
    for change in changes:
        assert change.title and isinstance(await change.diff(host), str)
        await change.inverse(host)
        await change.perform(host, lambda line: None)


def by_id(found: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in found}


@pytest.mark.parametrize("codename", ["trixie", "bookworm"])
async def test_from_nothing_to_a_certificate_that_renews_itself(codename: str) -> None:
    host, certificate = DebianMachine(codename), step(CF_Token=TOKEN)
    found = by_id(await certificate.look(host, ANSWERS))
    assert found["certificate.present"].status is Status.FAILED and not found["certificate.present"].waits
    await perform(host, await certificate.plan(host, ANSWERS))
    assert await certificate.plan(host, ANSWERS) == []
    found = by_id(await certificate.look(host, ANSWERS))
    left = {one.id: (one.status, one.found) for one in found.values() if one.status is not Status.OK}
    assert left == {"certificate.served": (Status.SKIPPED, ("no mail server answers yet",))}
    assert host.installed["acme.sh"] == ("3.1.1-1" if codename == "trixie" else "3.1.5")
    assert host.files[KEY].mode == 0o640 and host.files[CHAIN].mode == 0o644
    assert TIMER in host.running and TIMER in host.enabled


async def test_only_the_wanted_package_may_come_from_testing() -> None:
    host = DebianMachine("bookworm")
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    assert "Package: *\nPin: release o=Debian,n=forky\nPin-Priority: -1\n" in host.text(
        "/etc/apt/preferences.d/mailwizard-testing"
    )
    assert "Package: acme.sh\n" in host.text("/etc/apt/preferences.d/mailwizard-acme-sh")
    source = host.text("/etc/apt/sources.list.d/mailwizard.sources")
    assert f"URIs: {MIRROR}\nSuites: forky\nComponents: main\nLanguages: none\n" in source
    assert "Signed-By: /usr/share/keyrings/" in source
    paths = [path for path in host.written if path.startswith("/etc/apt")]
    assert paths[-1].endswith("mailwizard.sources")  # while the fence is not up, nothing may come in


async def test_a_plugin_that_only_testing_has_is_taken_from_there() -> None:
    host = DebianMachine("trixie")
    answers = replace(ANSWERS, certificate=replace(ANSWERS.certificate, dns_plugin="dns_hostinger"))
    changes = await step(HOSTINGER_Token=TOKEN).plan(host, answers)
    assert any(change.title.endswith("mailwizard-acme-sh") for change in changes)


async def test_an_acme_sh_too_old_for_the_plugins_variables_is_replaced() -> None:
    host = DebianMachine("trixie")
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    host.files[script_path("dns_netcup")] = ImaginaryFile(b"# of 3.1.1, which wants others")
    answers = replace(ANSWERS, certificate=replace(ANSWERS.certificate, dns_plugin="dns_netcup"))
    await perform(host, await step(NC_Apikey=TOKEN).plan(host, answers))
    assert host.installed["acme.sh"] == "3.1.5"


async def test_the_trial_comes_first_and_goes_away() -> None:
    host = DebianMachine()
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    issued = [words for words in host.ran if "--issue" in words]
    assert [words[words.index("--server") + 1] for words in issued] == ["letsencrypt_test", "letsencrypt"]
    assert [words[words.index("--home") + 1] for words in issued] == [places.STAGING_HOME, places.HOME]
    assert all("--days" in words and words[words.index("--days") + 1] == "30" for words in issued)
    assert any(words[-4:] == ("rm", "-rf", "--", places.STAGING_HOME) for words in host.ran)


async def test_an_authority_of_ones_own_is_asked_directly() -> None:
    host = DebianMachine()
    own = replace(ANSWERS.certificate, authority="https://ca.example/dir", ca_bundle="/root/ca.pem")
    await perform(host, await step(CF_Token=TOKEN).plan(host, replace(ANSWERS, certificate=own)))
    issued = [words for words in host.ran if "--issue" in words]
    assert len(issued) == 1 and "https://ca.example/dir" in issued[0]
    assert issued[0][issued[0].index("--ca-bundle") + 1] == "/root/ca.pem"


async def test_a_token_is_in_no_argument_and_in_no_record() -> None:
    host = DebianMachine()
    changes = await step(CF_Token=TOKEN).plan(host, ANSWERS)
    shown = "".join([f"{change.title}{change.detail}{await change.diff(host)}{change.as_json()}" for change in changes])
    await perform(host, changes)
    assert TOKEN.reveal() not in shown + repr(changes) + repr(host.ran)
    assert any(env.get("CF_Token") == TOKEN.reveal() for env in host.environments)
    assert all(env.get("BASH_ENV") == QUIET_PATH for env in host.environments if "ACME_PACKAGED" in env)
    assert host.files[CREDENTIALS_PATH].mode == 0o600


async def test_variables_kept_on_the_machine_are_used() -> None:
    host = DebianMachine()
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    del host.files[CHAIN]
    del host.files[f"{places.HOME}/example.com_ecc/fullchain.cer"]
    await perform(host, await step().plan(host, ANSWERS))
    assert host.environments[-1].get("CF_Token") is None  # --install-cert needs none
    assert [env for env in host.environments if env.get("CF_Token")]
    assert CHAIN in host.files


@pytest.mark.parametrize(
    ("plugin", "variables", "words"),
    [
        ("dns_cf", (), "dns_cf needs CF_Token, or CF_Key and CF_Email. Type what is missing into the wizard's step"),
        ("dns_cf", ("CF_Key",), "dns_cf needs CF_Token, or CF_Key and CF_Email; CF_Email is missing. Type"),
        ("dns_ovh", ("OVH_AK",), "dns_ovh needs OVH_AS and OVH_CK. Type what is missing"),
        ("", (), "Choose the DNS plugin"),
        ("dns_clodflare", (), "acme.sh has no DNS plugin dns_clodflare."),
        ("rm -rf", (), "is no name of a DNS plugin"),
    ],
)
async def test_what_only_the_user_can_give_is_waited_for(plugin: str, variables: tuple[str, ...], words: str) -> None:
    host = DebianMachine()
    answers = replace(ANSWERS, certificate=replace(ANSWERS.certificate, dns_plugin=plugin))
    certificate = step(None, **dict.fromkeys(variables, TOKEN))
    present = by_id(await certificate.look(host, answers))["certificate.present"]
    assert present.waits and words in present.fix
    assert await certificate.plan(host, answers) == []


async def test_another_way_is_not_outdone_by_what_acme_sh_saved_of_the_first() -> None:
    """acme.sh takes a token that it has saved before the key that it is given."""
    host = DebianMachine()
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    account, domain = f"{places.HOME}/account.conf", f"{places.HOME}/example.com_ecc/example.com.conf"
    saved = f"LOG_LEVEL='1'\nSAVED_CF_Token='{TOKEN.reveal()}'\nSAVED_CF_Account_ID='1234'\n"
    host.files[account] = ImaginaryFile(saved.encode(), 0o600)
    host.files[domain] = ImaginaryFile(f"CF_Token='{TOKEN.reveal()}'\n".encode() + host.files[domain].content, 0o600)
    assert await step(CF_Token=TOKEN).plan(host, ANSWERS) == []
    given = step(CF_Key=Secret("a-global-key"), CF_Email=Secret("me@example.net"))
    changes = await given.plan(host, ANSWERS)
    assert [change.title for change in changes] == [CREDENTIALS_PATH, account, domain]
    shown = "".join([f"{change.detail}{await change.diff(host)}{change.as_json()}" for change in changes])
    assert shown.count("without CF_Token, which you no longer give") >= 3 and TOKEN.reveal() not in shown
    await perform(host, changes)
    assert host.text(account) == "LOG_LEVEL='1'\nSAVED_CF_Account_ID='1234'\n" and host.files[account].mode == 0o600
    assert TOKEN.reveal() not in host.text(domain) + host.text(CREDENTIALS_PATH)
    assert await given.plan(host, ANSWERS) == [] == await step().plan(host, ANSWERS)


async def test_half_a_way_is_told_and_not_written_over_the_whole_one_that_is_kept() -> None:
    host = DebianMachine()
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    begun = step(CF_Key=Secret("a-global-key"))
    assert await begun.plan(host, ANSWERS) == []
    renewal = by_id(await begun.look(host, ANSWERS))["certificate.renewal"]
    assert renewal.status is Status.FAILED and "CF_Email is missing" in renewal.fix
    assert by_id(await step().look(host, ANSWERS))["certificate.renewal"].status is Status.OK


async def test_what_a_plugin_is_given_is_masked_unless_it_is_harmless() -> None:
    host = DebianMachine()
    host.files[script_path("dns_ovh")] = ImaginaryFile(b"#")
    answers = replace(ANSWERS, certificate=replace(ANSWERS.certificate, dns_plugin="dns_ovh"))
    given = {"OVH_AK": "app-key-1", "OVH_AS": "app-secret-2", "OVH_CK": "consumer-3", "OVH_END_POINT": "ovh-ca"}
    given |= {"CF_Email": "of@another.example", "UNKNOWN": "nobody-knows"}
    certificate = step(None, **{name: Secret(value) for name, value in given.items()})
    await perform(host, await certificate.plan(host, answers))
    assert any(env.get("OVH_AS") == "app-secret-2" for env in host.environments)
    assert host.log.masked(" ".join(given.values())) == "*** *** *** ovh-ca *** ***"


async def test_ubuntu_takes_acme_sh_from_a_known_mirror_with_keys_of_its_own() -> None:
    host, certificate = DebianMachine("noble"), step(CF_Token=TOKEN)
    await perform(host, await certificate.plan(host, ANSWERS))
    assert "debian-archive-keyring" not in host.installed and host.installed["acme.sh"] == "3.1.5"
    source = host.text("/etc/apt/sources.list.d/mailwizard.sources")
    assert "URIs: http://ftp.debian.org/debian\n" in source
    assert f"Signed-By: {OWN_KEYRING}\n" in source and "PGP PUBLIC KEY" in host.text(OWN_KEYRING)
    assert await certificate.plan(host, ANSWERS) == []
    host.pages.clear()  # no mirror answers today: nothing moves
    assert await certificate.plan(host, ANSWERS) == []


async def test_ubuntu_waits_while_no_mirror_answers() -> None:
    host, certificate = DebianMachine("noble"), step(CF_Token=TOKEN)
    host.pages.clear()
    fix = by_id(await certificate.look(host, ANSWERS))["certificate.present"].fix
    assert "http://ftp.de.debian.org/debian" in fix and "set debian_mirror" in fix
    assert await certificate.plan(host, ANSWERS) == []
    named = replace(ANSWERS, server=replace(ANSWERS.server, debian_mirror="http://other.example/debian/"))
    await perform(host, await certificate.plan(host, named))
    assert "URIs: http://other.example/debian\n" in host.text("/etc/apt/sources.list.d/mailwizard.sources")


async def test_a_caa_record_in_the_way_is_waited_for() -> None:
    host, certificate = DebianMachine(), step(CaaDns('0 issue "other.example"'), CF_Token=TOKEN)
    caa = by_id(await certificate.look(host, ANSWERS))["dns.caa"]
    assert caa.waits and 'CAA 0 issue "letsencrypt.org"' in caa.fix
    assert caa.found == ('ns2.example.net (192.0.2.2): 0 issue "other.example"',)
    assert await certificate.plan(host, ANSWERS) == []


async def test_a_silent_dns_is_no_reason_not_to_try() -> None:
    host, certificate = DebianMachine(), step(CaaDns(outcome=Outcome.UNKNOWN), CF_Token=TOKEN)
    caa = by_id(await certificate.look(host, ANSWERS))["dns.caa"]
    assert caa.status is Status.UNKNOWN and caa.found == ("ns2.example.net (192.0.2.2): timed out",)
    assert await certificate.plan(host, ANSWERS)


async def test_a_failure_is_told_in_a_sentence_and_leaves_no_trial_behind() -> None:
    host = DebianMachine()
    host.acme_says = "update failed: NOTAUTH(BADSIG)"
    changes = await step(CF_Token=TOKEN).plan(host, ANSWERS)
    with pytest.raises(CommandFailed, match="The DNS provider refused the credentials"):
        await perform(host, changes)
    assert host.ran[-1][-4:] == ("rm", "-rf", "--", places.STAGING_HOME)
    assert CHAIN not in host.files


async def test_a_plugin_that_is_not_there_is_not_tried() -> None:
    host = DebianMachine()
    order = next(one for one in await step(CF_Token=TOKEN).plan(host, ANSWERS) if isinstance(one, IssueCertificate))
    with pytest.raises(HostError, match="has no plugin dns_cf"):
        await order.perform(host, print)
    assert not [words for words in host.ran if "--issue" in words]


async def test_another_name_means_a_new_order() -> None:
    host, certificate = DebianMachine(), step(CF_Token=TOKEN)
    await perform(host, await certificate.plan(host, ANSWERS))
    more = replace(ANSWERS, domains=(*ANSWERS.domains, Domain("example.net")))
    order = next(one for one in await certificate.plan(host, more) if isinstance(one, IssueCertificate))
    assert order.order.names == ("example.com", "*.example.com", "example.net", "*.example.net")
    more = replace(ANSWERS, server=Server(hostname="smtp.eu.example.com"))
    host.disk.make_folder(places.folder("smtp.eu.example.com"), ImaginaryFile(is_dir=True))
    host.files[places.chain_path("smtp.eu.example.com")] = host.files[CHAIN]
    host.files[places.key_path("smtp.eu.example.com")] = host.files[KEY]
    assert by_id(await certificate.look(host, more))["certificate.names"].status is Status.FAILED
    kinds = [type(change) for change in await certificate.plan(host, more)]
    assert kinds == [IssueCertificate, InstallCertificate]


async def test_another_authority_means_a_new_order() -> None:
    host, certificate = DebianMachine(), step(CF_Token=TOKEN)
    await perform(host, await certificate.plan(host, ANSWERS))
    other = replace(ANSWERS, certificate=replace(ANSWERS.certificate, authority="https://ca.example/dir"))
    assert IssueCertificate in [type(change) for change in await certificate.plan(host, other)]


async def test_a_run_cut_short_after_the_order_only_lays_it_down() -> None:
    host, certificate = DebianMachine(), step(CF_Token=TOKEN)
    await perform(host, await certificate.plan(host, ANSWERS))
    host.files[KEY] = replace(host.files[KEY], content=pair("x.example")[1])
    assert by_id(await certificate.look(host, ANSWERS))["certificate.key"].status is Status.FAILED
    changes = await certificate.plan(host, ANSWERS)
    assert [type(change) for change in changes] == [InstallCertificate]
    await perform(host, changes)
    assert by_id(await certificate.look(host, ANSWERS))["certificate.key"].status is Status.OK


async def test_the_key_is_given_to_chasquid_once_its_group_is_there() -> None:
    host, certificate = DebianMachine(), step(CF_Token=TOKEN)
    await perform(host, await certificate.plan(host, ANSWERS))
    host.groups.add("chasquid")
    await perform(host, await certificate.plan(host, ANSWERS))
    assert (host.files[KEY].group, host.files[KEY].mode) == ("chasquid", 0o640)
    assert await certificate.plan(host, ANSWERS) == []


async def test_the_units_say_what_they_must() -> None:
    host = DebianMachine()
    await perform(host, await step(CF_Token=TOKEN).plan(host, ANSWERS))
    unit = host.text(f"/etc/systemd/system/{SERVICE}")
    for line in (
        f"OnFailure={FAILED}",
        "UMask=0077",
        f"EnvironmentFile=-{CREDENTIALS_PATH}",
        f"BASH_ENV={QUIET_PATH}",
        f"--cron --home {places.HOME}",
        f"rm -f {places.FAILURE_PATH}",
    ):
        assert line in unit
    assert f">{places.FAILURE_PATH}" in host.text(f"/etc/systemd/system/{FAILED}")


async def test_an_ordinary_user_sees_what_may_be_seen() -> None:
    made = DebianMachine()
    await perform(made, await step(CF_Token=TOKEN).plan(made, ANSWERS))
    host = DebianMachine(root=False)
    host.disk.entries.update(made.files)
    host.installed, host.running, host.enabled = made.installed, made.running, made.enabled
    found = by_id(await step().look(host, ANSWERS))
    assert found["certificate.names"].status is Status.OK
    assert found["certificate.key"].status is Status.UNKNOWN
    assert found["certificate.renewal"].status is Status.OK


async def test_the_journal_can_read_its_changes_back() -> None:
    host = DebianMachine()
    for change in await step(CF_Token=TOKEN).plan(host, ANSWERS):
        if isinstance(change, (IssueCertificate, InstallCertificate)):
            assert from_json(change.as_json()) == change


async def test_a_certificate_with_more_names_than_are_wanted_stays() -> None:
    host, certificate = DebianMachine(), step(CF_Token=TOKEN)
    more = replace(ANSWERS, domains=(*ANSWERS.domains, Domain("example.net")))
    await perform(host, await certificate.plan(host, more))
    assert await certificate.plan(host, ANSWERS) == []
