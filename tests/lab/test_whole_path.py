"""From a fresh VPS to a message that passed SPF, DKIM and DMARC over IPv6 and TLS 1.3; and then what stands."""

from __future__ import annotations

import re
import shlex

from tests.lab.machine import DOMAIN, HERE, HOSTNAME, IPV4, IPV6, KEYS, RECEIVER, Lab, Ran
from tests.lab.set_up import PASSWORD, PASSWORDS, SENDER, failed, publish_everything, send_and_see, set_up

SECRETS = (PASSWORD, KEYS["wizard"])


def test_a_fresh_server_becomes_a_verified_mail_server(bare: Lab) -> None:
    bare.put("/root/passwords", PASSWORDS, "0600")
    bare.vps("rm", "/etc/mailwizard/credentials.env").must()
    bare.put("/root/dns.env", (HERE / "credentials.env").read_text(), "0600")
    words = ("apply", "--credentials", "/root/dns.env", "--passwords", "/root/passwords")
    first = bare.pipx(*words).must(3)
    for name in ("A", "AAAA", "SPF", "DKIM", "DMARC", "MX"):
        assert re.search(rf"\b{name}\b", first.stderr), f"{name} is not named\n{first}"
    for address in (IPV4, IPV6):
        assert address in first.stderr, f"the PTR of {address} is not named\n{first}"
    publish_everything(bare, bare.pipx)
    bare.pipx("apply", "--wait", "180").must(0)
    send_and_see(bare, bare.pipx)
    _nothing_is_left_to_do(bare)
    _nothing_leaks(bare, first)
    _nobody_is_relayed_for(bare)


def _nothing_is_left_to_do(lab: Lab) -> None:
    again = lab.pipx("apply").must(0)
    assert "0 changes made" in again.stdout, str(again)
    lab.pipx("plan").must(0)
    assert failed(lab.pipx) == []
    lab.vps("bash", "-ec", "for d in /etc /var/lib; do mount --bind $d $d; mount -o remount,ro,bind $d; done").must()
    try:
        assert failed(lab.pipx) == []
    finally:
        lab.vps("bash", "-c", "umount /etc /var/lib").must()


def _nothing_leaks(lab: Lab, first: Ran) -> None:
    """The secrets stand in the files made for them, and nowhere else."""
    for secret in SECRETS:
        assert secret not in first.stdout + first.stderr
        found = lab.vps(
            "grep", "-rlF", "--", secret, "/var/log", "/var/lib/mailwizard/journal.jsonl", "/tmp", "/etc/chasquid"
        )
        assert found.stdout == "", f"a secret lies in {found.stdout}"
        journal = lab.vps("bash", "-c", f"journalctl --no-pager | grep -cF -- {shlex.quote(secret)}")
        assert journal.stdout.strip() == "0"
    modes = lab.vps("stat", "-c", "%a %U:%G %n", *_MODES).must().stdout.splitlines()
    assert modes == [f"{mode} {path}" for path, mode in _MODES.items()]


_MODES = {
    "/etc/mailwizard/credentials.env": "600 root:root",
    "/var/lib/mailwizard": "700 root:root",
    "/var/log/mailwizard.log": "600 root:root",
    "/etc/chasquid/domains/wizard-lab.example/users": "640 root:chasquid",
    f"/etc/chasquid/certs/{HOSTNAME}/privkey.pem": "640 root:chasquid",
}


def _nobody_is_relayed_for(lab: Lab) -> None:
    script = (
        "import smtplib; s = smtplib.SMTP('198.51.100.7', 25); s.ehlo('x.example'); s.mail('a@bigmail.example');"
        f" print(s.rcpt('{RECEIVER}')[0])"
    )
    assert lab.inet("python3", "-c", script).must().stdout.strip()[0] == "5"


def test_a_sender_may_not_write_as_another_domain(server: Lab, with_mailwizard: dict[str, str]) -> None:
    set_up(server)
    script = f"""
import smtplib, ssl
s = smtplib.SMTP_SSL('{HOSTNAME}', 465, context=ssl._create_unverified_context())
s.login('{SENDER}', '{PASSWORD}')
try:
    s.sendmail('{SENDER}', ['{RECEIVER}'], 'From: ceo@bigmail.example\\r\\nTo: {RECEIVER}\\r\\n\\r\\nPay.')
except smtplib.SMTPResponseException as error:
    print(error.smtp_code)
"""
    assert server.vps("python3", "-c", script).must().stdout.strip().startswith("5")
    _ordinary_users_only_look(server)
    _senders_come_and_go(server)
    _mail_that_comes_in_goes_on(server)
    _set_up_anew_it_signs_under_another_name(server, with_mailwizard["trixie"])


def _ordinary_users_only_look(lab: Lab) -> None:
    looked = lab.ssh("mailwizard health --json", user="guest").must(0, 1, 3)
    assert "Traceback" not in looked.stderr
    lab.ssh("mailwizard apply", user="guest").must(1, 3)


def _senders_come_and_go(lab: Lab) -> None:
    one = "carol@wizard-lab.example"
    lab.mailwizard("sender", "add", one, "--passwords", "-", stdin=f"{one}:another-one-7\n").must(0)
    lab.mailwizard("sender", "check", one, "--passwords", "-", stdin=f"{one}:another-one-7\n").must(0)
    lab.mailwizard("sender", "check", one, "--passwords", "-", stdin=f"{one}:wrong-one-7\n").must(1)
    assert one in lab.mailwizard("sender", "list").must(0).stdout
    lab.mailwizard("sender", "remove", one).must(0)
    assert one not in lab.mailwizard("sender", "list").must(0).stdout


def _mail_that_comes_in_goes_on(lab: Lab) -> None:
    for local in ("bob", "any123"):
        lab.write_to(f"{local}@wizard-lab.example", f"to {local}")
        lab.wait_for_mail(f"to {local}")


def _set_up_anew_it_signs_under_another_name(lab: Lab, machine: str) -> None:
    """In the same month and without a backup: the receiver (opendkim) still has the first server's key cached."""
    send_and_see(lab)
    first = _selector(lab)
    lab.fresh(machine)
    lab.configure()
    set_up(lab)
    assert _selector(lab) == f"{first}b"
    assert lab.dig(f"{first}._domainkey.{DOMAIN}", "TXT"), "the old record is gone"
    send_and_see(lab)


def _selector(lab: Lab) -> str:
    """Return the selector of the one key that chasquid signs with."""
    names = lab.vps("ls", f"/etc/chasquid/domains/{DOMAIN}").must().stdout
    (found,) = re.findall(r"^dkim:(\S+)\.pem$", names, re.MULTILINE)
    return str(found)


def test_debian_12_becomes_a_mail_server_too(bookworm: Lab) -> None:
    set_up(bookworm)
    send_and_see(bookworm)
    assert "0 changes made" in bookworm.mailwizard("apply").must(0).stdout
