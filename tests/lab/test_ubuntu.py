"""Ubuntu 22.04 and 24.04 in costume: from a fresh VPS, whose first upgrade is still at work, to a verified message."""

from __future__ import annotations

import re

from tests.lab.machine import Lab
from tests.lab.set_up import PASSWORDS, failed, findings, publish_everything, send_and_see

# as unattended-upgrades does at first boot: a program of that name holds apt's locks, 20 s more once apt was refused
HOLDS = """
import ctypes, fcntl, pathlib, time
ctypes.CDLL(None).prctl(15, b"unattended-upgr", 0, 0, 0)  # PR_SET_NAME
held = [open(path, "w") for path in ("/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock")]
for file in held:
    fcntl.lockf(file, fcntl.LOCK_EX)
pathlib.Path("/run/held").touch()
log = pathlib.Path("/var/log/mailwizard.log")
while not (log.exists() and "Could not get lock" in log.read_text()):
    time.sleep(0.1)
time.sleep(20)
"""
OURS = [  # all that is new in /etc/apt; the last because this server has unattended-upgrades
    "/etc/apt/apt.conf.d/52mailwizard-testing",
    "/etc/apt/keyrings/mailwizard-debian-archive.asc",
    "/etc/apt/preferences.d/mailwizard-acme-sh",
    "/etc/apt/preferences.d/mailwizard-chasquid",
    "/etc/apt/preferences.d/mailwizard-testing",
    "/etc/apt/sources.list.d/mailwizard.sources",
]


def test_ubuntu_becomes_a_mail_server_like_debian(ubuntu: Lab) -> None:
    before = _in_apt(ubuntu)
    ubuntu.put("/root/passwords", PASSWORDS, "0600")
    ubuntu.vps("systemd-run", "--quiet", "python3", "-c", HOLDS).must()
    ubuntu.vps("bash", "-c", "until test -e /run/held; do sleep .1; done").must()
    first = ubuntu.readme("apply", "--passwords", "/root/passwords").must(3)
    said = first.stdout + first.stderr
    assert "unattended-upgr (process " in said and "Waiting until it is done" in said, str(first)
    publish_everything(ubuntu, ubuntu.mailwizard)
    ubuntu.mailwizard("apply", "--wait", "180").must(0)
    send_and_see(ubuntu)
    assert "0 changes made" in ubuntu.mailwizard("apply").must(0).stdout
    assert failed(ubuntu.mailwizard) == []
    assert sorted(_in_apt(ubuntu) - before) == OURS
    _only_what_is_pinned_comes_from_debian(ubuntu)
    _unattended_upgrades_reach_it(ubuntu)
    _a_firewall_without_the_ports_is_told(ubuntu)


def _in_apt(lab: Lab) -> set[str]:
    return set(lab.vps("find", "/etc/apt", "-type", "f").must().stdout.splitlines())


def _only_what_is_pinned_comes_from_debian(lab: Lab) -> None:
    source = lab.get("/etc/apt/sources.list.d/mailwizard.sources")
    assert "URIs: http://ftp.debian.org/debian\n" in source and OURS[1] in source
    policy = lab.vps("apt-cache", "policy", "chasquid", "acme.sh", "libc6").must().stdout
    assert policy.count(" 990\n         -1 http://ftp.debian.org/debian forky/main") == 2, policy
    assert re.search(r"libc6:\n +Installed: (\S+)\n +Candidate: \1\n", policy), policy
    simulated = lab.vps("apt-get", "--simulate", "dist-upgrade").must().stdout
    assert "forky" not in simulated and "testing" not in simulated, simulated


def _unattended_upgrades_reach_it(lab: Lab) -> None:
    """Its own list of origins has Debian testing, beside all of Ubuntu's."""
    ran = lab.vps("unattended-upgrade", "--dry-run", "--debug").must()
    origins = next(line for line in (ran.stdout + ran.stderr).splitlines() if "Allowed origins are" in line)
    assert "codename=forky" in origins and "Ubuntu" in origins, origins


def _a_firewall_without_the_ports_is_told(lab: Lab) -> None:
    lab.vps("ufw", "allow", "22/tcp").must()
    lab.vps("ufw", "--force", "enable").must()
    [finding] = [one for one in findings(lab.mailwizard, 0, 1, 2, 3) if one["id"] == "os.firewall"]
    assert finding["status"] != "ok" and "ufw allow" in finding["fix"], finding
    lab.vps("ufw", "allow", "25,465,587/tcp").must()
    [finding] = [one for one in findings(lab.mailwizard, 0, 1, 2, 3) if one["id"] == "os.firewall"]
    assert finding["status"] == "ok", finding
