"""The step Mail server on an imaginary machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mailwizard.acme import places
from mailwizard.answers import Answers, Domain, Server
from mailwizard.change import Change
from mailwizard.changes import from_json
from mailwizard.changes.packages import InstallPackages, RemovePackages
from mailwizard.changes.units import RestartUnit
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Host
from mailwizard.mta import chasquid_conf, hook, units
from mailwizard.mta.dkim_files import dkim_keys, place_changes, placed_path, selector_for, staged_path
from mailwizard.mta.dkim_make import MakeDkimKey, RemoveDkimKey
from mailwizard.services.mail_server import MailServer
from tests.unit.services.debian_machine import DebianMachine
from tests.unit.services.small_dns import SmallDns

ANSWERS = Answers(server=Server(hostname="smtp.example.com"), domains=(Domain("example.com"), Domain("example.net")))
SELECTED = replace(ANSWERS, domains=(Domain("example.com", selector="s1"),))
SERVER = MailServer(SmallDns().as_dns)


def with_certificate(host: DebianMachine) -> DebianMachine:
    host.disk.make_folder(places.folder("smtp.example.com"), ImaginaryFile(is_dir=True, mode=0o755))
    host.files[places.key_path("smtp.example.com")] = ImaginaryFile(b"key", 0o640)
    return host


async def perform(host: Host, changes: list[Change]) -> None:
    for change in changes:
        assert change.title and isinstance(await change.diff(host), str)
        await change.inverse(host)
        await change.perform(host, lambda line: None)


async def look(host: DebianMachine, answers: Answers = ANSWERS) -> dict[str, Finding]:
    return {finding.id: finding for finding in await SERVER.look(host, answers)}


async def set_up(codename: str = "trixie", answers: Answers = ANSWERS) -> DebianMachine:
    host = with_certificate(DebianMachine(codename))
    await perform(host, await SERVER.plan(host, answers))
    return host


@pytest.mark.parametrize("codename", ["trixie", "bookworm"])
async def test_from_nothing_to_a_running_chasquid(codename: str) -> None:
    host = with_certificate(DebianMachine(codename))
    before = await look(host)
    assert {one.status for name, one in before.items() if name.startswith("chasquid.")} == {
        Status.FAILED,
        Status.SKIPPED,
    }
    assert not any(one.waits for one in before.values())
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert await SERVER.plan(host, ANSWERS) == []
    found = await look(host)
    for name in ("chasquid.version", "chasquid.service", "chasquid.hostname", "chasquid.sender_identity"):
        assert found[name].status is Status.OK, found[name]
    assert found["dkim.key"].status is Status.WARNING and "waits for its record" in found["dkim.key"].found[0]
    assert host.installed["chasquid"] == "1.19.0-1"


async def test_every_file_is_there_before_the_package_comes() -> None:
    host = with_certificate(DebianMachine())
    changes = await SERVER.plan(host, ANSWERS)
    order = [change.title for change in changes]
    install = order.index("Install chasquid")
    for path in (
        chasquid_conf.PATH,
        hook.PATH,
        units.HARDENING_PATH,
        "/etc/chasquid/domains/example.com/",
        "Make the user chasquid",
        "/etc/apt/preferences.d/mailwizard-chasquid",
        "Fetch the package list of Debian testing",
        places.key_path("smtp.example.com"),
    ):
        assert order.index(path) < install
    assert order[-1] == "Start chasquid.service"


async def test_owners_and_modes_let_chasquid_read_and_nobody_else() -> None:
    host = await set_up()
    key = host.files[places.key_path("smtp.example.com")]
    assert (key.mode, key.owner, key.group) == (0o640, "root", "chasquid")
    folder = host.files["/etc/chasquid/domains/example.com"]
    assert (folder.mode, folder.owner, folder.group) == (0o2750, "root", "chasquid")
    assert host.files[hook.PATH].mode == 0o755
    assert host.files[staged_path("example.com", selector_of(host))].mode == 0o600


def selector_of(host: DebianMachine) -> str:
    return next(path for path in host.files if path.startswith("/var/lib/mailwizard/dkim/example.com/")).split("/")[-1][
        :-4
    ]


async def test_a_newer_file_means_a_restart_and_no_more() -> None:
    host = await set_up()
    host.newer = (chasquid_conf.PATH,)
    assert (await look(host))["chasquid.service"].status is Status.FAILED
    changes = await SERVER.plan(host, ANSWERS)
    assert changes == [RestartUnit(units.SERVICE, f"{chasquid_conf.PATH} is newer than its start")]
    await perform(host, changes)
    assert await SERVER.plan(host, ANSWERS) == []


async def test_another_name_is_written_and_read() -> None:
    host = await set_up()
    host.files[chasquid_conf.PATH] = ImaginaryFile(b'hostname: "old.example"\nmax_data_size_mb: 90\n')
    assert (await look(host))["chasquid.hostname"].status is Status.FAILED
    await perform(host, await SERVER.plan(host, ANSWERS))
    text = host.text(chasquid_conf.PATH)
    assert text.startswith('hostname: "smtp.example.com"\nmax_data_size_mb: 90\n')
    assert (await look(host))["chasquid.hostname"].status is Status.OK


async def test_ipv4_alone_is_a_restriction_and_goes_away_again() -> None:
    host = await set_up()
    off = replace(ANSWERS, server=replace(ANSWERS.server, ipv6="off"))
    await perform(host, await SERVER.plan(host, off))
    assert "\nRestrictAddressFamilies=AF_INET AF_UNIX\n" in host.text(units.HARDENING_PATH)
    assert "AF_INET6" not in host.text(units.HARDENING_PATH)
    assert await SERVER.plan(host, off) == []
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert "\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n" in host.text(units.HARDENING_PATH)


async def test_a_hook_of_the_users_own_is_kept_and_run() -> None:
    host = with_certificate(DebianMachine())
    host.disk.make_folder(hook.FOLDER, ImaginaryFile(is_dir=True, mode=0o755))
    host.files[hook.PATH] = ImaginaryFile(b"#!/bin/sh\nmine\n", 0o755)
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert host.text(hook.OWN_PATH) == "#!/bin/sh\nmine\n" and host.files[hook.OWN_PATH].mode == 0o755
    assert host.files[hook.PATH].content == hook.hook_text()
    assert await SERVER.plan(host, ANSWERS) == []


@pytest.mark.parametrize(
    ("codename", "chosen", "version", "status"),
    [
        ("trixie", "distribution", "1.15.0-1+b4", Status.WARNING),
        ("trixie", "auto", "1.19.0-1", Status.OK),
        ("bookworm", "debian-testing", "1.19.0-1", Status.OK),
    ],
)
async def test_the_origin_is_as_answered(codename: str, chosen: str, version: str, status: Status) -> None:
    answers = replace(ANSWERS, server=replace(ANSWERS.server, chasquid=chosen))
    host = await set_up(codename, answers)
    assert host.installed["chasquid"] == version
    finding = (await look(host, answers))["chasquid.version"]
    assert finding.status is status
    assert ("GHSA-gxpq-7pw8-6jff" in finding.found[-1]) is (status is Status.WARNING)


@pytest.mark.parametrize("codename", ["bookworm", "jammy", "noble"])
async def test_a_distribution_whose_chasquid_cannot_sign_is_refused(codename: str) -> None:
    answers = replace(ANSWERS, server=replace(ANSWERS.server, chasquid="distribution"))
    host = with_certificate(DebianMachine(codename))
    assert await SERVER.plan(host, answers) == []
    finding = (await look(host, answers))["chasquid.version"]
    assert finding.status is Status.FAILED and "cannot sign mail" in finding.fix


async def test_an_old_chasquid_is_replaced() -> None:
    host = with_certificate(DebianMachine())
    host.installed["chasquid"] = "1.15.0-1+b4"
    assert (await look(host))["chasquid.version"].found[1].startswith("chasquid 1.15.0-1+b4 has known holes")
    assert InstallPackages(("chasquid",), "from Debian testing") in await SERVER.plan(host, ANSWERS)


async def test_it_is_built_from_source_for_those_who_ask_and_its_compiler_goes_again() -> None:
    host = with_certificate(DebianMachine("noble"))
    asked = replace(ANSWERS, server=replace(ANSWERS.server, chasquid="source"))
    changes = await SERVER.plan(host, asked)
    built = next(change for change in changes if change.title.startswith("Build chasquid"))
    shown = await built.diff(host)
    assert "/usr/lib/go-1.23/bin/go install -trimpath blitiri.com.ar/go/chasquid@v1.19.0" in shown
    assert "GOTOOLCHAIN=auto" in shown and "GOBIN=/usr/local/lib/chasquid/1.19.0" in shown
    away = next(change for change in changes if change.title == "Clear away what the build left")
    assert changes.index(away) > changes.index(built) and await away.diff(host) == "rm -rf -- /var/lib/mailwizard/go\n"
    assert RemovePackages(("golang-1.23-go", "golang-1.23-src")) in changes[changes.index(built) :]
    own = [change for change in changes if change.title == "/etc/systemd/system/chasquid.service"]
    assert "ExecStart=/usr/local/lib/chasquid/1.19.0/chasquid" in await own[0].diff(host)


async def test_a_compiler_that_was_there_before_stays() -> None:
    host = with_certificate(DebianMachine("noble"))
    host.installed |= {"golang-1.23-go": "1", "golang-1.23-src": "1"}
    changes = await SERVER.plan(host, replace(ANSWERS, server=replace(ANSWERS.server, chasquid="source")))
    assert not [change for change in changes if isinstance(change, RemovePackages)]


async def test_ubuntu_takes_the_package_like_debian() -> None:
    host = with_certificate(DebianMachine("noble"))
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert host.installed["chasquid"] == "1.19.0-1"
    assert "debian-archive-keyring" not in host.installed
    assert await SERVER.plan(host, ANSWERS) == []


async def test_the_package_takes_the_place_of_one_that_was_built_here() -> None:
    host = with_certificate(DebianMachine("noble"))
    host.commands["readlink", ...] = "/usr/local/lib/chasquid/1.19.0/chasquid-util\n"
    titles = [change.title for change in await SERVER.plan(host, ANSWERS)]
    assert "Install chasquid" in titles and "Take the chasquid-util that was built here out of the path" in titles


async def test_a_version_that_unattended_upgrades_hold_back_is_installed() -> None:
    host = await set_up()
    host.installed["chasquid"] = "1.19.0-0"
    assert not [change for change in await SERVER.plan(host, ANSWERS) if isinstance(change, InstallPackages)]
    host.commands["grep", ...] = "Package chasquid has conffile prompt and needs to be upgraded manually\n"
    assert (await look(host))["chasquid.version"].cause == "held_back"
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert (await look(host))["chasquid.version"].status is Status.OK
    assert host.installed["chasquid"] == "1.19.0-1" and await SERVER.plan(host, ANSWERS) == []


async def test_units_of_our_own_go_when_the_package_comes() -> None:
    host = with_certificate(DebianMachine())
    await perform(host, await units.own_unit_changes(host, "/usr/local/lib/chasquid/1.19.0/chasquid"))
    host.files["/etc/systemd/system/chasquid-smtp.socket"] = ImaginaryFile(b"# the user's own\n")
    await perform(host, await SERVER.plan(host, ANSWERS))
    assert "/etc/systemd/system/chasquid.service" not in host.files
    assert "/etc/systemd/system/chasquid-smtp.socket" in host.files


async def test_a_key_is_made_once_and_placed_when_asked() -> None:
    host = await set_up(answers=SELECTED)
    assert staged_path("example.com", "s1") in host.files
    made = host.files[staged_path("example.com", "s1")].content
    place = await place_changes(host, "example.com", "s1")
    assert isinstance(place[-1], RestartUnit)
    assert made.decode() not in await place[0].diff(host)
    await perform(host, place)
    placed = host.files[placed_path("example.com", "s1")]
    assert (placed.content, placed.mode, placed.group) == (made, 0o640, "chasquid")
    assert await place_changes(host, "example.com", "s1") == []
    assert await SERVER.plan(host, SELECTED) == []
    assert (await look(host, SELECTED))["dkim.key"].status is Status.OK


async def test_a_placed_key_that_chasquid_cannot_read_is_mended() -> None:
    host = await set_up(answers=SELECTED)
    await perform(host, await place_changes(host, "example.com", "s1"))
    path = placed_path("example.com", "s1")
    host.files[path] = replace(host.files[path], group="root")
    assert (await look(host, SELECTED))["dkim.key"].status is Status.FAILED
    await perform(host, await SERVER.plan(host, SELECTED))
    assert (await look(host, SELECTED))["dkim.key"].status is Status.OK


async def test_a_broken_key_is_told() -> None:
    host = await set_up(answers=SELECTED)
    host.files[staged_path("example.com", "s1")] = ImaginaryFile(b"no key", 0o600)
    finding = (await look(host, SELECTED))["dkim.key"]
    assert finding.status is Status.FAILED and "cannot be read" in finding.found[0]


async def test_a_key_that_chasquid_had_before_is_kept() -> None:
    host = await set_up(answers=SELECTED)
    path = placed_path("example.com", "old")
    host.files[path] = ImaginaryFile(host.files[staged_path("example.com", "s1")].content, 0o640, group="chasquid")
    del host.files[staged_path("example.com", "s1")]
    plain = replace(SELECTED, domains=(Domain("example.com"),))
    keys = await dkim_keys(host, "example.com")
    assert selector_for(plain.domains[0], keys) == "old"
    assert await place_changes(host, "example.com", "old") == []
    assert await SERVER.plan(host, plain) == []


async def test_a_new_key_takes_a_name_that_none_had_and_keeps_it() -> None:
    taken = f"mw{date.today():%y%m}"
    dns = SmallDns({(f"{taken}._domainkey.example.com", "TXT"): ("v=DKIM1; p=old",)})
    host, plain = with_certificate(DebianMachine()), replace(SELECTED, domains=(Domain("example.com"),))
    await perform(host, await MailServer(dns.as_dns).plan(host, plain))
    assert selector_of(host) == f"{taken}b"
    dns.cached = frozenset({f"{taken}b._domainkey.example.com"})
    assert await MailServer(dns.as_dns).plan(host, plain) == []


async def test_the_selector_of_the_answers_is_used_as_it_is() -> None:
    dns = SmallDns({("s1._domainkey.example.com", "TXT"): ("v=DKIM1; p=old",)})
    changes = await MailServer(dns.as_dns).plan(with_certificate(DebianMachine()), SELECTED)
    assert MakeDkimKey("example.com", "s1") in changes


async def test_a_staged_key_can_be_taken_back() -> None:
    host = await set_up(answers=SELECTED)
    change = MakeDkimKey("example.com", "s1")
    back = await change.inverse(host)
    assert (
        isinstance(back, RemoveDkimKey) and from_json(back.as_json()) == back and from_json(change.as_json()) == change
    )
    await back.perform(host, print)
    assert staged_path("example.com", "s1") not in host.files


async def test_nothing_is_well_with_the_queue_and_the_log_of_no_chasquid() -> None:
    found = await look(DebianMachine(), SELECTED)
    assert found["queue.length"].status is found["log.errors"].status is Status.SKIPPED
    host = await set_up(answers=SELECTED)
    found = await look(host, SELECTED)
    assert found["queue.length"].status is found["log.errors"].status is Status.OK


async def test_an_ordinary_user_sees_what_may_be_seen() -> None:
    made = await set_up(answers=SELECTED)
    host = DebianMachine(root=False)
    host.disk.entries.update(made.files)
    host.files["/var/lib/chasquid/queue"] = ImaginaryFile(is_dir=True, mode=0o700, owner="chasquid")
    host.installed, host.running, host.enabled = made.installed, made.running, made.enabled
    found = await look(host, SELECTED)
    assert found["chasquid.version"].status is Status.OK
    assert found["dkim.key"].status is found["queue.length"].status is Status.UNKNOWN
    await SERVER.plan(host, SELECTED)
