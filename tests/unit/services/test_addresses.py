"""The step Addresses on an imaginary VPS: what it finds, what it plans, and that it is done once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwizard.answers import Answers, Probes, Server
from mailwizard.dns.answer import Answer, Outcome, Record
from mailwizard.engine import Engine
from mailwizard.errors import Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryFile
from mailwizard.host.protocol import Ran
from mailwizard.network.ipv6_switch import DROP_IN
from mailwizard.network.netplan import OWN_FILE
from mailwizard.network.proposal import proposed
from mailwizard.services.addresses import Addresses
from tests.unit.network.vps import CLOUD, ECHOES, V6, Vps

ANSWERS = Answers(server=Server(ipv6=V6), probes=Probes(outbound_smtp=("mx.a.example",), address_echo=ECHOES))
FOUND_BY_ITSELF = replace(ANSWERS, server=Server())


class OneMx:
    """A DNS that knows the address of each MX."""

    async def resolve(self, name: str, type: str) -> Answer:
        value = "2001:db8:a::25" if type == "AAAA" else "192.0.2.25"
        return Answer(name, type, Outcome.FOUND, (Record(name, type, 60, value),))


def step() -> Addresses:
    return Addresses(OneMx())


async def look(vps: Vps, answers: Answers = ANSWERS) -> dict[str, Finding]:
    return {finding.id: finding for finding in await step().look(vps.host, answers)}


async def kinds(vps: Vps, answers: Answers = ANSWERS) -> list[tuple[str, str]]:
    return [(change.kind, change.title) for change in await step().plan(vps.host, answers)]


def with_mx(vps: Vps) -> Vps:
    vps.host.connections["2001:db8:a::25", 25] = b"220 mx.a.example ESMTP\r\n"
    return vps


async def apply(vps: Vps, answers: Answers = ANSWERS) -> int:
    vps.host.disk.make_folder("/var/lib/mailwizard", ImaginaryFile(mode=0o700, is_dir=True))
    return (await Engine(vps.host, [step()]).apply(answers)).exit_code


async def test_a_vps_with_ipv6_off_gets_it_and_is_left_alone_then() -> None:
    vps = with_mx(Vps())
    assert await kinds(vps) == [
        ("write_file", "/etc/sysctl.conf"),
        ("write_file", DROP_IN),
        ("run_command", "Switch IPv6 on"),
        ("apply_netplan", OWN_FILE),
    ]
    assert await apply(vps) == 0
    assert {finding.status for finding in (await look(vps)).values()} == {Status.OK}
    assert await kinds(vps) == []


async def test_lines_of_sysctl_conf_are_kept_as_comments() -> None:
    vps = with_mx(Vps())
    await apply(vps)
    assert vps.host.text("/etc/sysctl.conf") == (
        "# as it came\n# by mailwizard: net.ipv6.conf.all.disable_ipv6 = 1\n"
        "# by mailwizard:   net/ipv6/conf/eth0/disable_ipv6=1\nvm.swappiness = 1\n"
    )
    assert vps.host.text(DROP_IN).splitlines()[1:] == [
        "net.ipv6.conf.all.disable_ipv6 = 0",
        "net.ipv6.conf.default.disable_ipv6 = 0",
        "-net/ipv6/conf/eth0/disable_ipv6 = 0",
        "net.ipv6.conf.lo.disable_ipv6 = 0",
    ]
    assert vps.host.text(DROP_IN).endswith("\n")


async def test_the_netplan_file_adds_address_and_route() -> None:
    vps = with_mx(Vps())
    vps.host.disk.place("/etc/netplan/50-cloud-init.yaml", ImaginaryFile((CLOUD + "      link-local: []\n").encode()))
    await apply(vps, replace(ANSWERS, server=Server(ipv6=V6, ipv6_gateway="2001:db8:7::1")))
    assert vps.host.text(OWN_FILE).split("\n", 1)[1] == (
        'network:\n  version: 2\n  ethernets:\n    "eth0":\n      link-local: [ipv6]\n      addresses:\n'
        f'        - "{V6}/64"\n      routes:\n        - to: "::/0"\n'
        '          via: "2001:db8:7::1"\n          on-link: true\n'
    )


async def test_a_later_line_of_another_file_is_commented_an_earlier_one_is_undone_by_ours() -> None:
    vps = Vps(off=False)
    line = b"net.ipv6.conf.all.disable_ipv6 = 1\n"
    for name in ("10-early.conf", "zz-late.conf"):
        vps.host.disk.place(f"/etc/sysctl.d/{name}", ImaginaryFile(line))
    vps.host.disk.place("/etc/sysctl.d/99-sysctl.conf", ImaginaryFile(link="../sysctl.conf"))
    titles = [title for _, title in await kinds(vps)]
    assert titles == ["/etc/sysctl.d/zz-late.conf", DROP_IN, OWN_FILE]
    found = (await look(vps))["ipv6.kernel"]
    assert (found.status, found.cause) == (Status.FAILED, "switched_off_at_boot")
    assert "/etc/sysctl.d/zz-late.conf, line 1: net.ipv6.conf.all.disable_ipv6 = 1" in found.found
    await apply(vps)
    assert (await look(vps))["ipv6.kernel"].status is Status.OK and await kinds(vps) == []


async def test_where_there_is_no_sysctl_conf_none_is_made() -> None:
    """Debian 13 and Ubuntu 26.04 come without it; 22.04 and 24.04 have it, and a link to it in sysctl.d."""
    vps = with_mx(Vps())
    vps.host.disk.remove("/etc/sysctl.conf")
    line = b"net.ipv6.conf.all.disable_ipv6 = 1\n"
    vps.host.disk.place("/etc/sysctl.d/60-disable-ipv6.conf", ImaginaryFile(line))
    titles = [title for _, title in await kinds(vps)]
    assert titles == [DROP_IN, "Switch IPv6 on", OWN_FILE]
    assert await apply(vps) == 0
    assert (await look(vps))["ipv6.kernel"].status is Status.OK and await kinds(vps) == []
    assert vps.host.text("/etc/sysctl.d/60-disable-ipv6.conf").encode() == line
    assert "/etc/sysctl.conf" not in vps.host.files


async def test_off_means_nothing_is_asked_or_changed() -> None:
    vps, off = Vps(), replace(ANSWERS, server=Server(ipv6="off"))
    assert {finding.status for finding in (await look(vps, off)).values()} == {Status.SKIPPED}
    assert await kinds(vps, off) == [] and vps.host.ran == []


async def test_without_an_address_the_user_is_asked_for_it() -> None:
    found = await look(Vps(), FOUND_BY_ITSELF)
    assert found["ipv6.address"].waits and '"off" as IPv6 address' in found["ipv6.address"].fix
    assert found["ipv6.outside"].status is Status.UNKNOWN, "nobody was asked"
    assert await apply(Vps(), FOUND_BY_ITSELF) == 3


async def test_the_address_is_found_in_netplans_comments() -> None:
    vps = with_mx(Vps())
    text = f"{CLOUD}#      - {V6}/64\n#      gateway6: 2001:db8:7::1\n"
    vps.host.disk.place("/etc/netplan/50-cloud-init.yaml", ImaginaryFile(text.encode()))
    offer = await proposed(vps.host, FOUND_BY_ITSELF)
    assert (offer.address, offer.gateway) == (V6, "2001:db8:7::1")
    assert offer.address_from == "/etc/netplan/50-cloud-init.yaml, line 7"
    assert await apply(vps, FOUND_BY_ITSELF) == 0 and vps.up == {V6}


async def test_a_kernel_without_ipv6_cannot_be_helped() -> None:
    vps = Vps()
    vps.host.disk.place("/proc/cmdline", ImaginaryFile(b"quiet ipv6.disable=1\n"))
    found = (await look(vps))["ipv6.kernel"]
    assert found.waits and "/etc/default/grub" in found.fix


async def test_a_container_that_may_not_switch_it_on_is_told_who_may() -> None:
    vps = Vps()
    assert (await look(vps))["ipv6.kernel"].fix == "", "it is planned"
    vps.host.commands["sysctl", "-p", ...] = Ran(("sysctl",), 255, "", "permission denied on key\n")
    assert await apply(vps) == 1
    found = (await look(vps))["ipv6.kernel"]
    assert found.waits and "hosting company" in found.fix and '"off" as IPv6 address' in found.fix


async def test_a_server_without_netplan_gets_advice_and_no_change() -> None:
    vps = Vps(off=False)
    vps.host.disk.remove("/usr/sbin/netplan")
    found = (await look(vps))["ipv6.address"]
    assert f"`iface eth0 inet6 static; address {V6}/64; gateway fe80::1`" in found.fix
    assert await kinds(vps) == []


async def test_the_advice_is_for_what_looks_after_the_network() -> None:
    vps = Vps(off=False)
    vps.host.disk.remove("/usr/sbin/netplan")
    status = "  Link File: n/a\n  Network File: /run/systemd/network/10-eth0.network\n  State: routable (configured)\n"
    vps.host.commands["networkctl", ...] = status
    fix = (await look(vps))["ipv6.route"].fix
    assert "/etc/systemd/network/10-eth0.network.d/ipv6.conf" in fix and f"`Address={V6}/64`" in fix
    assert "`Gateway=fe80::1`" in fix and "/etc/network/interfaces" not in fix
    vps.host.commands["nmcli", ...] = "Wired connection 1\n"
    fix = (await look(vps))["ipv6.route"].fix
    assert f"nmcli connection modify 'Wired connection 1' ipv6.method manual ipv6.addresses {V6}/64" in fix
    vps.host.commands["nmcli", ...] = "--\n"
    vps.host.commands["networkctl", ...] = "  Network File: n/a\n  State: n/a (unmanaged)\n"
    assert "/etc/network/interfaces" in (await look(vps))["ipv6.route"].fix


async def test_a_machine_without_any_way_out_is_told_so_twice() -> None:
    vps = Vps(off=False)
    vps.host.commands["ip", ...] = Ran(("ip",), 2, "", "Network is unreachable\n")
    found = await look(vps)
    assert (
        found["ipv6.address"].fix == found["ipv6.route"].fix == "This server has no way out at all: mend its network."
    )


async def test_an_interface_that_netplan_does_not_know_gets_advice() -> None:
    vps = Vps(off=False)
    vps.host.disk.place("/etc/netplan/50-cloud-init.yaml", ImaginaryFile(CLOUD.replace("eth0", "eth1").encode()))
    assert "/etc/network/interfaces" in (await look(vps))["ipv6.route"].fix and await kinds(vps) == []


async def test_an_address_that_would_be_gone_after_a_reboot_is_written_down() -> None:
    vps = Vps(off=False, up={V6})
    assert await kinds(vps) == [("apply_netplan", OWN_FILE)]


async def test_an_apply_that_was_killed_is_planned_again_while_its_timer_runs() -> None:
    vps = with_mx(Vps())
    await apply(vps)
    vps.armed = f"rm -f {OWN_FILE}; netplan apply"
    assert await kinds(vps) == [("apply_netplan", OWN_FILE)]


@pytest.mark.parametrize(
    ("echoes", "status", "words"),
    [
        ((V6, V6), Status.OK, ""),
        ((V6, ""), Status.WARNING, ""),
        (("2001:db8::9", "2001:db8::9"), Status.FAILED, "Others see 2001:db8::9."),
        (
            ("2001:db8::9", V6),
            Status.FAILED,
            f"Others see {V6} and 2001:db8::9.",
        ),
        (("", ""), Status.FAILED, "They answer over IPv4, but not over IPv6"),
    ],
)
async def test_two_echoes_must_see_the_address(echoes: tuple[str, str], status: Status, words: str) -> None:
    vps = with_mx(Vps())
    await apply(vps)
    for url, seen in zip(ECHOES, echoes, strict=True):
        vps.host.pages[url, 6] = (200, f"{seen}\n".encode()) if seen else Unreachable(f"{url}: no answer")
    found = (await look(vps))["ipv6.outside"]
    assert found.status is status and words in found.fix


async def test_echoes_that_answer_nobody_prove_nothing() -> None:
    vps = with_mx(Vps())
    await apply(vps)
    vps.host.pages.clear()
    assert (await look(vps))["ipv6.outside"].status is Status.UNKNOWN


async def test_port_25_is_tried_from_the_wanted_address() -> None:
    vps = with_mx(Vps())
    await apply(vps)
    vps.host.dialled.clear()
    await look(vps)
    assert vps.host.dialled == [("2001:db8:a::25", 25, V6)]


async def test_it_looks_as_an_ordinary_user() -> None:
    vps = Vps()
    vps.host.is_root = False
    vps.host.disk.user = "me"
    assert (await look(vps))["ipv6.address"].status is Status.FAILED
