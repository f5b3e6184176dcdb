"""The wizard over SSH in a terminal of 80 x 24, by keyboard alone: to the end, and through what cuts it short."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.lab.machine import DOMAIN, HOSTNAME, IPV4, IPV6, KEYS, NAMESERVER, RECEIVER, Lab, tsig, verdicts
from tests.lab.set_up import PASSWORD, failed
from tests.lab.terminal import Terminal

PROBES = """schema = 1

[dns]
resolvers = ["203.0.113.53"]

[probes]
outbound_smtp = ["mx.bigmail.example"]
address_echo = ["https://api64.ipify.org", "https://icanhazip.com"]
blocklists = []
"""
WORKING = r"What is being done|\[ Apply \]"
TO_MAKE = r"^ \d+ changes? to make"
RUNNING = "^/opt/mailwizard/bin/python.* /usr/local/bin/mailwizard"
JOURNAL = "/var/lib/mailwizard/journal.jsonl"


@pytest.fixture
def rented(lab: Lab, with_mailwizard: dict[str, str]) -> Lab:
    """Return the lab with a new VPS in the costume of Ubuntu: mailwizard, and no answers but where to probe and ask."""
    lab.fault("heal")
    lab.forget_dns()
    lab.empty_mailbox()
    lab.fresh(with_mailwizard["noble"])
    lab.put("/etc/mailwizard/setup.toml", PROBES)
    lab.put("/root/keys/wizard.key", tsig("wizard"), "0600")
    return lab


def fill(wizard: Terminal, label: str, text: str) -> None:
    """Types an answer in the field with this label, in place of what is proposed there."""
    wizard.go_to(label)
    empty = rf"^ *{label}.*\[( |found)"
    if not re.search(empty, wizard.screen(), re.MULTILINE):
        wizard.press("End", "C-u")
        wizard.wait_for(empty)
    wizard.type(text)
    wizard.wait_for(rf"^ *{label}.*\[({re.escape(text)}|•{{{len(text)}}}) ")
    wizard.move("Enter")


def apply(wizard: Terminal, patience: float = 60) -> str:
    """Presses Apply once there is something to make; returns the screen after it, on which nothing is left to make."""
    wizard.wait_for(TO_MAKE)
    wizard.go_to("[ Apply ]")
    wizard.press("Enter")
    shown = wizard.wait_without(rf"{WORKING}|{TO_MAKE}| \.\.\.$", patience)
    assert "could not be made" not in shown, shown
    return shown


def go_on(wizard: Terminal, to: str) -> None:
    """Goes on to the next step, whose title is given."""
    wizard.go_to("[ Go on ]")
    wizard.press("Enter")
    wizard.wait_for(rf"^ {to} (\S+ )?· ")


def test_the_whole_path_by_keyboard(rented: Lab) -> None:
    with Terminal(rented, "mailwizard") as wizard:
        wizard.wait_for(r"\[ Go on with Names \]", 60)
        wizard.press("Enter")
        _names_and_addresses(wizard)
        _certificate(wizard)
        _mail_server_and_records(rented, wizard)
        _senders_and_forwarding(wizard)
        _mx_as_well(rented, wizard)
        _a_test_mail(rented, wizard)
        _the_servers_name(wizard)
        wizard.wait_for("All is done, and was seen to work", 60)
        wizard.go_to("[ Quit ]")
        wizard.press("Enter")
        assert wizard.wait_for_end() == 0
    assert failed(rented.mailwizard) == []
    _no_secret_is_kept(rented)


def _names_and_addresses(wizard: Terminal) -> None:
    wizard.wait_for("^ Names · ")
    fill(wizard, "Your domains", DOMAIN)
    wizard.wait_for(rf"\[{HOSTNAME}")  # proposed from the domain
    fill(wizard, "Name of this server", HOSTNAME)
    wizard.wait_for(r"served by ns1\.dnshost\.example")
    go_on(wizard, "Addresses")
    wizard.wait_for(TO_MAKE)
    fill(wizard, "IPv6 address", IPV6)
    fill(wizard, "IPv6 gateway", "fe80::1")
    assert "[x] IPv6 address" in apply(wizard)


def _certificate(wizard: Terminal) -> None:
    go_on(wizard, "Certificate")
    fill(wizard, "Your mail address", "admin@bigmail.example")
    wizard.go_to("DNS provider")
    wizard.press("Enter")
    wizard.wait_for(r"^ 1\d\d choices")
    wizard.type("rfc 2136")
    wizard.wait_for(r"^ 1 choice$")
    wizard.press("Enter")
    wizard.wait_for("NSUPDATE_SERVER ")
    fill(wizard, "NSUPDATE_SERVER ", NAMESERVER)
    fill(wizard, "NSUPDATE_KEY", "/root/keys/wizard.key")
    fill(wizard, "NSUPDATE_ZONE", DOMAIN)
    apply(wizard, 240)
    wizard.go_to("[ Go on ]")


def _mail_server_and_records(lab: Lab, wizard: Terminal) -> None:
    """Publishes what the records' screen asks for; it sees that by itself."""
    go_on(wizard, "Mail server")
    apply(wizard, 180)
    go_on(wizard, "DNS records")
    shown = wizard.wait_for(r"TXT +_dmarc +–")
    assert IPV4 in shown, shown
    lab.publish(lab.mailwizard("records", "--format", "nsupdate").must().stdout)
    _all_ok(wizard)
    apply(wizard)
    go_on(wizard, "Reverse DNS")
    wizard.wait_for(rf"\[~\].*|\[!\].*{IPV4[:6]}")
    lab.point_back(IPV4, HOSTNAME)
    lab.point_back(IPV6, HOSTNAME)
    wizard.go_to("[ Look again ]")
    wizard.press("Enter")
    wizard.wait_for(rf"(?s)\[x\][^\n]*{HOSTNAME}.*\[x\][^\n]*{HOSTNAME}")


def _all_ok(wizard: Terminal) -> None:
    """The table's rows turn ok without a key pressed."""
    wizard.wait_for(r"TXT +_dmarc +ok", 60)
    shown = wizard.wait_without(r"^ +(A|AAAA|TXT|MX) +.* (–|\?|wrong|waits)( |$)", 60)
    assert len([row for row in shown.splitlines() if row.split()[:1] in (["A"], ["AAAA"], ["TXT"], ["MX"])]) >= 6, shown


def _senders_and_forwarding(wizard: Terminal) -> None:
    go_on(wizard, "Senders")
    fill(wizard, "Senders @", "bob")
    fill(wizard, f"Password of bob@{DOMAIN}", PASSWORD)
    wizard.wait_for("with the password given")
    assert PASSWORD not in apply(wizard)
    go_on(wizard, "Forwarding")
    wizard.go_to("Receive for")
    wizard.press("Right")
    wizard.wait_for("all else @")
    fill(wizard, "all else @", RECEIVER)
    apply(wizard)


def _mx_as_well(lab: Lab, wizard: Terminal) -> None:
    """Whoever receives needs an MX record, which is asked for when the choice is made: back to the records."""
    for title in ("Senders", "Reverse DNS", "DNS records"):
        wizard.press("Escape")
        wizard.wait_for(rf"^ {title} · ")
    wizard.wait_for(r"MX .*–")
    lab.publish(lab.mailwizard("records", "--format", "nsupdate").must().stdout)
    wizard.wait_for(r"MX .*ok", 60)
    for title in ("Reverse DNS", "Senders", "Forwarding"):
        go_on(wizard, title)


def _a_test_mail(lab: Lab, wizard: Terminal) -> None:
    go_on(wizard, "Backup")
    go_on(wizard, "Test mail")
    wizard.wait_for("Forecast: DMARC")
    fill(wizard, "To ", RECEIVER)
    wizard.go_to("[ Send the test mail ]")
    wizard.press("Enter")
    wizard.wait_for("250", 60)
    message = lab.wait_for_mail()
    assert verdicts(message) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}, str(message)
    received = " ".join(str(message["Received"]).split())
    assert IPV6 in received and "TLSv1.3" in received, received


def _the_servers_name(wizard: Terminal) -> None:
    """The summary looks at everything again: the server has a name now that it was not called by at the first look."""
    go_on(wizard, "mailwizard")
    wizard.wait_for(r"\[ Go on with Server \]", 60)
    wizard.go_to("[ Go on with Server ]")
    wizard.press("Enter")
    wizard.wait_for("^ Server · ")
    apply(wizard)
    titles = ("Names", "Addresses", "Certificate", "Mail server", "DNS records", "Reverse DNS", "Senders", "Forwarding")
    for title in (*titles, "Backup", "Test mail", "mailwizard"):
        go_on(wizard, title)


def _no_secret_is_kept(lab: Lab) -> None:
    """The password and the DNS key stand in the files made for them, and nowhere else."""
    for secret in (PASSWORD, KEYS["wizard"]):
        places = ("/var/log", JOURNAL, "/tmp", "/etc/chasquid", "/etc/mailwizard")
        found = lab.vps("grep", "-rlF", "--", secret, *places)
        assert found.stdout == "", f"a secret lies in {found.stdout}"
    assert "NSUPDATE" not in lab.get("/etc/mailwizard/setup.toml")


def test_what_cuts_an_apply_short_leaves_nothing_half_done(server: Lab) -> None:
    with Terminal(server, "mailwizard") as wizard:
        wizard.wait_for("nothing is set up yet", 60)
        wizard.press("Enter")
        apply(wizard)
        go_on(wizard, "Names")
        go_on(wizard, "Addresses")
        _cut(server, wizard, "netplan", lambda: server.vps("pkill", "-TERM", "-f", RUNNING).must())
    with _resumed(server, "Certificate") as wizard:
        _cut(server, wizard, "Install acme", lambda: wizard.press("C-c"))
    with _resumed(server, "Certificate") as wizard:
        _cut(server, wizard, "Order a certificate", lambda: _lose(server, wizard))
    with _resumed(server, "Certificate") as wizard:
        apply(wizard, 180)
        go_on(wizard, "Mail server")
        _cut(server, wizard, "Fetch the package list", lambda: wizard.press("C-q"))
    assert server.vps("dpkg", "--audit").must().stdout == ""
    with _resumed(server, "Certificate") as wizard:  # chasquid's group is there now: the key is to be its own
        apply(wizard)
        go_on(wizard, "Mail server")
        apply(wizard, 180)
        wizard.press("C-q")
        assert wizard.wait_for_end() == 0


@contextmanager
def _resumed(lab: Lab, title: str) -> Iterator[Terminal]:
    """The wizard started again: it says what stands, and opens this step."""
    with Terminal(lab, "mailwizard") as wizard:
        shown = wizard.wait_for(r"\[ Go on with .* \]", 60)
        assert "Welcome back" in shown and f"[ Go on with {title} ]" in shown, shown
        wizard.press("Enter")
        wizard.wait_for(rf"^ {title} · ")
        yield wizard


def _cut(lab: Lab, wizard: Terminal, change: str, cut: Callable[[], object]) -> None:
    """Applies the open step, and cuts that short while `change` is in hand: it is finished, and nothing after it."""
    wizard.wait_for(TO_MAKE)
    wizard.go_to("[ Apply ]")
    wizard.press("Enter")
    wizard.wait_for(rf"\[>\] .*{change}|{change}.* \.\.\.$", 120)
    cut()
    _ended(lab)
    entries = [json.loads(line) for line in lab.get(JOURNAL).splitlines()]
    assert entries[-1]["state"] == "made", entries[-2:]
    assert change in entries[-1]["title"], f"more was done than what was in hand: {entries[-1]}"


def _ended(lab: Lab, patience: float = 180) -> None:
    """Waits until no mailwizard runs on the VPS."""
    end = time.monotonic() + patience
    while lab.vps("pgrep", "-f", RUNNING).code == 0:
        assert time.monotonic() < end, f"mailwizard still runs after {patience} s"
        time.sleep(0.2)


def _lose(lab: Lab, wizard: Terminal) -> None:
    """The laptop is gone. Whoever comes meanwhile may only look, and is told why."""
    wizard.close()
    with Terminal(lab, "mailwizard") as second:
        shown = second.wait_for("Another mailwizard", 60)
        assert "Apply" not in shown, shown
        second.wait_for("seen at", 60)
        second.press("C-q")
        assert second.wait_for_end() == 0
