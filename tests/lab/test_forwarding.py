"""Forwarding on a real chasquid: mail from outside arrives and is seen, a bad alias is refused and named."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.machine import DOMAIN, HERE, HOSTNAME, RECEIVER, Lab
from tests.lab.set_up import PASSWORD, SENDER, failed, findings, set_up

ALIASES = f"/etc/chasquid/domains/{DOMAIN}/aliases"
READ_AGAIN = 35  # seconds: chasquid reads its aliases anew every 30, and ends itself over a line that it refuses
UPGRADES = "/etc/apt/apt.conf.d/52mailwizard-testing"
PYTHON = "/opt/mailwizard/bin/python"
WATCH = """
import asyncio, json, sys
from mailwizard.host.local import LocalHost
from mailwizard.log import CommandLog
from mailwizard.programs.telling import Telling
from mailwizard.programs.watch import watch

async def named(address):
    return {"198.51.100.1": "mail-x.google.com"}.get(address, "")

async def main(address, since):
    async for one in watch(LocalHost(CommandLog(None)), Telling(address), since, named):
        print(json.dumps(one.text), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""
LOGIN = f"""
import smtplib, ssl, sys
for user, password in ((sys.argv[1], "wrong"), (sys.argv[1], sys.argv[2]), ("bob", sys.argv[2])):
    with smtplib.SMTP_SSL("{HOSTNAME}", 465, context=ssl._create_unverified_context()) as talk:
        try:
            print(talk.login(user, password)[0])
        except smtplib.SMTPAuthenticationError as error:
            print(error.smtp_code)
"""


@pytest.fixture
def ready(server: Lab) -> Lab:
    """A server that sends and receives, with unattended upgrades."""
    server.configure(_answers(f'{{ bob = "{RECEIVER}" }}'))
    set_up(server)
    return server


def _answers(forward: str) -> str:
    """The answers with another `forward`; reports go to an address that nobody forwards by name."""
    text = (HERE / "setup.toml").read_text().replace("[certificate]", _EXTRAS)
    text = text.replace(f'{{ "*" = "{RECEIVER}" }}', forward)
    return text.replace(f"postmaster@{DOMAIN}", f"rua@{DOMAIN}")


_EXTRAS = 'comfort = ["unattended-upgrades", "clock-sync", "timezone:Europe/Berlin", "locale:C.UTF-8"]\n\n[certificate]'


def test_forwarding_and_the_watch(ready: Lab) -> None:
    _reports_and_postmaster_arrive(ready)
    _anybody_arrives(ready)
    _a_bad_alias_is_refused(ready)
    _a_hand_edited_file_is_mended(ready)
    _the_watch_sees_login_and_mail(ready)
    _what_is_pinned_is_upgraded_too(ready)


def _reports_and_postmaster_arrive(lab: Lab) -> None:
    """Without a catch-all, too: each has its line, and is seen arriving."""
    lines = lab.get(ALIASES).splitlines()
    assert {f"{local}: {RECEIVER}" for local in ("bob", "postmaster", "abuse", "rua")} <= set(lines), lines
    before = {one["id"]: one for one in findings(lab.mailwizard, 0, 1, 3)}
    assert before["forwarding.reports"]["status"] == "ok", before["forwarding.reports"]
    assert before["forwarding.seen"]["status"] == "skipped", before["forwarding.seen"]
    _seen_arriving(lab, SENDER, f"rua@{DOMAIN}", f"postmaster@{DOMAIN}")
    seen = next(one for one in findings(lab.mailwizard, 0, 1, 3) if one["id"] == "forwarding.seen")
    assert seen["status"] == "ok", seen
    assert f"from {RECEIVER} at " in seen["found"][0] and "passed on to" in seen["found"][1], seen


def _anybody_arrives(lab: Lab) -> None:
    lab.configure(_answers(f'{{ "*" = "{RECEIVER}" }}'))
    lab.mailwizard("apply").must(0)
    _seen_arriving(lab)


def _seen_arriving(lab: Lab, *addresses: str) -> None:
    """`watch-mail` sees mail from outside to these addresses, by default the first sender's and anybody's."""
    with ThreadPoolExecutor() as beside:
        command = f"set -o pipefail; mailwizard watch-mail --wait 60 {' '.join(addresses)} | tee /root/watched"
        watching = beside.submit(lab.ssh, command)
        end = time.monotonic() + 60
        while "Write now" not in (invited := lab.vps("cat", "/root/watched").stdout):
            assert time.monotonic() < end, invited
            time.sleep(0.2)
        wanted = addresses or (SENDER, f"any123@{DOMAIN}")
        for address in wanted:
            assert address in invited
            lab.write_to(address, f"to {address}")
        told = watching.result().must().stdout
    lab.vps("rm", "/root/watched").must()
    for address in wanted:
        lab.wait_for_mail(f"to {address}")
        assert f"A mail from {RECEIVER} to {address} arrived from " in told, told
        assert f"Seen: mail to {address} arrives, and is passed on." in told, told
    assert "(mx.bigmail.example)" in told, told
    assert ("The line * of the aliases takes it" in told) == (not addresses), told


def _a_bad_alias_is_refused(lab: Lab) -> None:
    """In the answers: nothing is placed, and what runs is left alone."""
    before = lab.get(ALIASES)
    good = lab.get("/etc/mailwizard/setup.toml")
    lab.configure(good.replace('"*" = "alice@bigmail.example"', '"*" = "alice at bigmail.example"'))
    said = lab.mailwizard("apply").must(2)
    assert "setup.toml: domain[0].forward" in said.stderr and "Traceback" not in said.stderr, str(said)
    assert lab.get(ALIASES) == before
    lab.configure(good.replace('"*" = "alice@bigmail.example"', f'"*" = "{SENDER}"'))
    said = lab.mailwizard("apply").must(1, 3)
    assert "leads round in a circle" in lab.mailwizard("health", "--plain").must(2).stdout, str(said)
    assert lab.get(ALIASES) == before
    lab.configure(good)
    _chasquid_runs(lab)


def _chasquid_runs(lab: Lab) -> None:
    time.sleep(READ_AGAIN)
    assert lab.vps("systemctl", "is-active", "chasquid").stdout.strip() == "active"
    assert lab.vps("systemctl", "show", "-P", "Result", "chasquid").stdout.strip() == "success"


def _a_hand_edited_file_is_mended(lab: Lab) -> None:
    """A line of the user's own that chasquid cannot read: `apply` says which, and touches nothing."""
    before = lab.get(ALIASES)
    lines = before.rstrip("\n").splitlines()
    broken = "\n".join([*lines, "sales: nobody at all @ nowhere"]) + "\n"
    lab.put(ALIASES, broken, "0640")
    lab.vps("chown", "root:chasquid", ALIASES).must()
    said = lab.mailwizard("apply").must(1, 3)
    assert f"line {len(lines) + 1}" in said.stderr and ALIASES in said.stderr, str(said)
    assert lab.get(ALIASES) == broken, "the user's file was changed"
    lab.put(ALIASES, before, "0640")
    lab.vps("chown", "root:chasquid", ALIASES).must()
    lab.mailwizard("apply").must(0)
    _chasquid_runs(lab)


def _the_watch_sees_login_and_mail(lab: Lab) -> None:
    lab.put("/root/watch.py", WATCH)
    lab.put("/root/login.py", LOGIN)
    start = lab.vps("journalctl", "-q", "-n", "1", "-o", "json").must().stdout
    cursor = json.loads(start.splitlines()[-1])["__CURSOR"]
    codes = lab.inet("python3", "-", SENDER, PASSWORD, stdin=LOGIN).must().stdout.split()
    assert codes == ["535", "235", "535"]
    lab.write_to(SENDER, "the code")
    lab.wait_for_mail("the code")
    watched = lab.vps("timeout", "5", PYTHON, "/root/watch.py", SENDER, cursor).must(124).stdout
    said = [json.loads(line) for line in watched.splitlines()]
    for part in (
        f"gave a wrong password for {SENDER}",
        f"logged in as {SENDER}",
        "tried to log in as bob, and there is no such account",
        f"A mail from {RECEIVER} to {SENDER} came in.",
        f"It was passed on to {RECEIVER}, whose mail server took it.",
    ):
        assert any(part in sentence for sentence in said), f"{part!r} is not said:\n{watched}"


def _what_is_pinned_is_upgraded_too(lab: Lab) -> None:
    assert "codename=forky" in lab.get(UPGRADES)
    tried = lab.vps("unattended-upgrade", "--dry-run", "--debug").must().stdout
    allowed = next(line for line in tried.splitlines() if "Allowed origins are" in line)
    assert "origin=Debian,codename=forky" in allowed and "codename=trixie" in allowed, allowed
    assert failed(lab.mailwizard) == []
    assert lab.vps("timedatectl", "show", "--property=Timezone", "--value").must().stdout.strip() == "Europe/Berlin"
    assert {one["id"] for one in findings(lab.mailwizard, 0, 1, 3)} >= {"os.clock", "forwarding.aliases"}
