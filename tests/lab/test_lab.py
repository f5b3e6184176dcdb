"""The lab itself: what the other tests in this folder stand on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.machine import DOMAIN, HOSTNAME, IPV4, IPV6, RECEIVER, Lab, Ran, verdicts
from tests.lab.terminal import Terminal


@pytest.fixture(scope="module")
def vps(lab: Lab) -> Lab:
    """Return the lab with a new trixie VPS and the domain as registered."""
    lab.forget_dns()
    lab.fresh()
    return lab


IPV6_ON = f"""
sed -i -E 's/^(net\\.ipv6\\.conf\\..*disable_ipv6 *= *)1/\\10/' /etc/sysctl.conf && sysctl -q --system
ip address add {IPV6}/64 dev eth0 nodad && ip -6 route add default via fe80::1 dev eth0
"""
SEND_BY_HAND = """
import smtplib, sys
with smtplib.SMTP(sys.argv[1], 25, local_hostname=sys.argv[2], source_address=(sys.argv[3], 0)) as smtp:
    text = "From: bob@wizard-lab.example\\nSubject: by hand\\n\\nHello.\\n"
    smtp.sendmail("bob@wizard-lab.example", "alice@bigmail.example", text)
"""


def test_a_fresh_vps_is_as_a_provider_hands_it_over(vps: Lab) -> None:
    assert vps.ssh("systemctl is-system-running").must().stdout == "running\n"
    assert vps.ssh("hostname").must().stdout == "vmi1234567\n"
    assert vps.ssh("curl -sS https://icanhazip.com").must().stdout == f"{IPV4}\n"
    vps.ssh("curl -sS -m 5 -6 https://icanhazip.com").must(6, 7)
    vps.ssh("ls /usr/sbin/sendmail /usr/bin/chasquid").must(2)


def test_nothing_leaves_the_lab(vps: Lab) -> None:
    assert "unreachable" in vps.admin("ip", "route", "get", "9.9.9.9").must(2).stderr


def test_the_dns_answers(vps: Lab) -> None:
    assert vps.ssh("getent hosts mx.bigmail.example").must().stdout.split()[0] in ("2001:db8:100::25", "203.0.113.25")
    assert vps.dig("bigmail.example", "MX") == ["10 mx.bigmail.example."]
    assert vps.dig(DOMAIN, "A") == ["203.0.113.80"]


def test_records_can_be_published_and_forgotten(vps: Lab) -> None:
    long = '"' + "a" * 250 + '" "' + "b" * 100 + '"'
    vps.publish(f"update add key.{DOMAIN}. 60 TXT {long}\nupdate add second-lab.example. 60 MX 10 {HOSTNAME}.\n")
    assert vps.dig(f"key.{DOMAIN}", "TXT") == [long]
    assert vps.dig("second-lab.example", "MX") == [f"10 {HOSTNAME}."]
    vps.point_back(IPV4, HOSTNAME)
    assert vps.ssh(f"getent hosts {IPV4}").must().stdout.split()[1] == HOSTNAME
    vps.forget_dns()
    assert vps.dig(f"key.{DOMAIN}", "TXT") == []
    assert vps.dig("7.100.51.198.in-addr.arpa", "PTR") == ["vmi1234567.provider.example."]


def test_the_certificate_authority_answers_under_its_real_name(vps: Lab) -> None:
    directory = vps.ssh("curl -sS https://acme-v02.api.letsencrypt.org/directory").must().stdout
    assert json.loads(directory)["newOrder"].startswith("https://acme-v02.api.letsencrypt.org/")


def test_apt_and_pip_work_unchanged(vps: Lab) -> None:
    vps.ssh("apt-get -q update && apt-get -qy install bind9-dnsutils").must()
    vps.ssh("python3 -m venv /tmp/v && /tmp/v/bin/pip download -q --no-deps -d /tmp tomlkit").must()


def test_a_terminal_can_be_typed_into(vps: Lab) -> None:
    with Terminal(vps, "bash --norc", columns=100, rows=30) as terminal:
        terminal.wait_for("bash-.*#")
        terminal.type("read -p 'Your domain? ' d; echo got $d on $(tty) $(stty size)")
        terminal.press("Enter")
        terminal.wait_for(r"^Your domain\?")
        terminal.type(DOMAIN)
        terminal.press("Enter")
        terminal.wait_for(rf"^got {DOMAIN} on /dev/pts/\d+ 30 100$")


def test_logins(vps: Lab) -> None:
    assert vps.ssh("sudo -n id -un", user="ops").must().stdout == "root\n"
    vps.ssh("sudo -n id -un", user="guest").must(1)


def test_the_administrators_computer_knows_the_server(vps: Lab) -> None:
    shown = vps.admin("ssh-keygen", "-F", IPV4, "-f", str(vps.home / ".ssh/known_hosts")).must().stdout
    assert "ssh-ed25519" in shown
    assert vps.admin("sh", "-c", 'ls "$HOME/.ssh/id_ed25519"').must().stdout.startswith(str(vps.home))


def test_the_receiver_wants_reverse_dns(vps: Lab) -> None:
    vps.ssh(IPV6_ON).must()
    vps.put("/root/send.py", SEND_BY_HAND)
    vps.point_back(IPV6, None)
    send = f"python3 /root/send.py 2001:db8:100::25 {HOSTNAME} {IPV6}"
    refused = vps.ssh(send).must(1)
    assert "450" in refused.stderr
    assert "cannot find your hostname" in refused.stderr


def test_the_receiver_judges_what_it_takes(vps: Lab) -> None:
    vps.empty_mailbox()
    vps.ssh(IPV6_ON.replace("ip address add", "ip address replace").replace("route add", "route replace")).must()
    vps.put("/root/send.py", SEND_BY_HAND)
    vps.publish(f'update add {HOSTNAME}. 60 AAAA {IPV6}\nupdate add {DOMAIN}. 60 TXT "v=spf1 ip6:{IPV6} -all"\n')
    vps.publish(f'update add _dmarc.{DOMAIN}. 60 TXT "v=DMARC1; p=reject"\n')
    vps.point_back(IPV6, HOSTNAME)
    vps.ssh(f"python3 /root/send.py 2001:db8:100::25 {HOSTNAME} {IPV6}").must()
    message = vps.wait_for_mail("by hand")
    assert message["Delivered-To"] == RECEIVER
    assert verdicts(message) == {"spf": "pass", "dkim": "none", "dmarc": "pass"}
    vps.forget_dns()


def test_port_25_can_be_blocked(vps: Lab) -> None:
    connect = "timeout 3 bash -c '</dev/tcp/203.0.113.25/25'"
    vps.ssh(connect).must()
    vps.fault("port25")
    vps.ssh(connect).must(124)
    vps.fault("heal")
    vps.ssh(connect).must()


def test_the_power_may_go_and_the_disk_stays(vps: Lab) -> None:
    vps.put("/root/kept", "kept\n")
    vps.off()
    vps.on()
    assert vps.get("/root/kept") == "kept\n"
    vps.reboot()
    assert vps.get("/root/kept") == "kept\n"


def test_fresh_is_a_new_machine(vps: Lab) -> None:
    vps.put("/root/kept", "kept\n")
    vps.fresh()
    vps.vps("test", "-e", "/root/kept").must(1)


def test_bookworm_is_there_as_well(vps: Lab) -> None:
    vps.fresh("bookworm")
    assert "VERSION_CODENAME=bookworm" in vps.get("/etc/os-release")
    vps.fresh()


def test_mailwizard_runs_on_a_fresh_server(server: Lab, wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    assert version in server.mailwizard("--version").must().stdout


def test_mailwizard_runs_by_pipx(bare: Lab, wheel: Path) -> None:
    assert wheel.name.split("-")[1] in bare.pipx("--version").must().stdout


def test_mailwizard_runs_on_bookworm(bookworm: Lab, wheel: Path) -> None:
    assert wheel.name.split("-")[1] in bookworm.mailwizard("--version").must().stdout
    bookworm.copy(wheel, f"/root/wheels/{wheel.name}")
    assert wheel.name.split("-")[1] in bookworm.pipx("--version").must().stdout


def test_mailwizard_runs_on_the_administrators_computer(laptop: Callable[..., Ran], wheel: Path) -> None:
    assert wheel.name.split("-")[1] in laptop("--version").must().stdout
