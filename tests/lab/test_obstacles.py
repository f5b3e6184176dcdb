"""What stands in the way on real servers: a shut port, no reverse name, a record that stands, another mail server."""

from __future__ import annotations

import pytest

from tests.lab.machine import HOSTNAME, IPV4, IPV6, RECEIVER, Lab
from tests.lab.set_up import PASSWORDS, SENDER, send_and_see, set_up


@pytest.mark.parametrize("how", [(), ("reject",)], ids=["dropped", "refused"])
def test_a_shut_port_25_is_told_before_anything_is_installed(server: Lab, how: tuple[str, ...]) -> None:
    server.fault("port25", *how)
    try:
        ran = server.mailwizard("apply").must(3)
    finally:
        server.fault("heal")
    assert "25" in ran.stderr and "ticket" in ran.stderr.lower(), str(ran)
    server.vps("test", "-e", "/usr/bin/chasquid").must(1)
    server.vps("test", "-e", "/usr/bin/acme.sh").must(1)


def test_ipv6_without_a_reverse_name_waits_and_the_mail_says_why(server: Lab) -> None:
    server.put("/root/passwords", PASSWORDS, "0600")
    server.mailwizard("apply", "--passwords", "/root/passwords").must(3)
    server.publish(server.mailwizard("records", "--format", "nsupdate").must().stdout)
    server.point_back(IPV4, HOSTNAME)
    waiting = server.mailwizard("apply", "--wait", "30").must(3)
    assert "rdns.ipv6" in waiting.stderr and IPV6 in waiting.stderr, str(waiting)
    assert "rdns.ipv4" not in waiting.stderr, str(waiting)
    sent = server.mailwizard("send-test", SENDER, RECEIVER, "--passwords", "/root/passwords").must(3)
    assert "4.7.25" in sent.stdout, str(sent)


def test_an_spf_record_that_stands_is_merged(server: Lab) -> None:
    server.publish('update add wizard-lab.example. 60 TXT "v=spf1 ip4:203.0.113.99 include:bigmail.example ~all"')
    server.publish('update add wizard-lab.example. 60 TXT "some-verification=1"')
    set_up(server)
    texts = server.dig("wizard-lab.example", "TXT")
    spf = [text for text in texts if "v=spf1" in text]
    assert len(spf) == 1 and "ip4:203.0.113.99" in spf[0] and f"a:{HOSTNAME}" in spf[0], texts
    assert any("some-verification=1" in text for text in texts), texts


def test_another_mail_server_is_named_and_stopped_only_when_that_is_chosen(server: Lab) -> None:
    server.vps("bash", "-ec", "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install postfix").must()
    server.vps("systemctl", "start", "postfix").must()
    ran = server.mailwizard("apply").must(3)
    assert "postfix" in ran.stderr and "replace_mta" in ran.stderr, str(ran)
    server.vps("systemctl", "is-active", "postfix").must(0)
    answers = server.get("/etc/mailwizard/setup.toml").replace("[server]", "[server]\nreplace_mta = true")
    server.put("/etc/mailwizard/setup.toml", answers)
    set_up(server)
    server.vps("test", "-e", "/usr/sbin/postfix").must(0)  # stopped and disabled, not removed


def test_over_ipv4_only(server: Lab) -> None:
    answers = server.get("/etc/mailwizard/setup.toml").replace(f'ipv6 = "{IPV6}"', 'ipv6 = "off"')
    server.put("/etc/mailwizard/setup.toml", answers)
    server.put("/root/passwords", PASSWORDS, "0600")
    server.mailwizard("apply", "--passwords", "/root/passwords").must(3)
    records = server.mailwizard("records", "--format", "nsupdate").must().stdout
    assert "AAAA" not in records
    server.publish(records)
    server.point_back(IPV4, HOSTNAME)
    server.mailwizard("apply", "--wait", "120").must(0)
    server.mailwizard("send-test", SENDER, RECEIVER, "--passwords", "/root/passwords").must(0)
    assert IPV4 in " ".join(str(server.wait_for_mail()["Received"]).split())


def test_a_full_disk_is_told_and_nothing_is_lost(lab: Lab, with_mailwizard: dict[str, str]) -> None:
    lab.fresh(with_mailwizard["trixie"], 1600)
    lab.forget_dns()
    lab.empty_mailbox()
    lab.configure()
    lab.fault("fill", "2")
    ran = lab.mailwizard("apply").must(1, 3)
    assert "Traceback" not in ran.stderr and ("full" in ran.stderr or "disk" in ran.stderr.lower()), str(ran)
    lab.fault("heal")
    lab.forget_dns()
    set_up(lab)
    send_and_see(lab)
