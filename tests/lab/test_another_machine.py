"""The set-up from the administrator's own computer, over SSH: nothing of mailwizard is on the server."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.machine import HOSTNAME, IPV4, LAB, Lab, Ran
from tests.lab.set_up import PASSWORDS, failed, findings, publish_everything, send_and_see
from tests.lab.terminal import Terminal

SUDO_PASSWORD = "a-word-for-sudo-7"
LOCK = "/var/lib/mailwizard/lock"
IS_LOCKED = f'[ -s {LOCK} ] && kill -0 "$(cat {LOCK})" 2>/dev/null'
APT_IS_AT_CHASQUID = "pgrep -f '[a]pt-get .* install .* chasquid' >/dev/null"


@dataclass
class Laptop:
    """The administrator's computer; `run` is mailwizard there, working on the VPS."""

    lab: Lab
    program: Path
    passwords: Path
    where: str

    def run(self, *argv: str, stdin: str = "", timeout: float = 900) -> Ran:
        """Runs mailwizard; the passwords' file of the shared steps lies on this computer."""
        words = [str(self.passwords) if word == "/root/passwords" else word for word in argv]
        return self.lab.admin(str(self.program), "--host", self.where, *words, stdin=stdin, timeout=timeout)

    def apply_and_meanwhile(self, there: str, happens: Callable[[], object]) -> Ran:
        """`apply`, and as soon as the shell test `there` holds on the VPS, `happens`."""
        ended: list[Ran] = []
        applying = threading.Thread(target=lambda: ended.append(self.run("apply", "--passwords", str(self.passwords))))
        applying.start()
        until(self.lab, there)
        happens()
        applying.join()
        return ended[0]


def until(lab: Lab, there: str) -> None:
    """Returns when a shell test holds on the VPS."""
    waits = f"for i in $(seq 4000); do {there} && exit 0; sleep 0.05; done; exit 1"
    lab.vps("bash", "-c", waits, timeout=300).must()


@pytest.fixture
def laptop(laptop_mailwizard: Path, tmp_path: Path) -> Callable[[Lab, str], Laptop]:
    """Makes the administrator's computer, for a lab and a user on the VPS."""
    passwords = tmp_path / "passwords"
    passwords.write_text(PASSWORDS)
    passwords.chmod(0o600)
    return lambda lab, user: Laptop(lab, laptop_mailwizard, passwords, f"{user}@{IPV4}")


class OnLaptop(Terminal):
    """A terminal on the administrator's computer."""

    def session(self) -> str:
        """Return the shell command that runs in the window."""
        return shlex.join([str(LAB), "admin", "bash", "-c", self.command])


def finish(lab: Lab, laptop: Laptop) -> None:
    """What is left of the set-up; then a message passes."""
    publish_everything(lab, laptop.run)
    laptop.run("apply", "--wait", "180", "--passwords", "/root/passwords").must(0)
    send_and_see(lab, laptop.run)
    assert failed(laptop.run) == []
    assert "0 changes made" in laptop.run("apply").must(0).stdout


def test_as_root_with_the_network_away_for_a_moment(bare: Lab, laptop: Callable[[Lab, str], Laptop]) -> None:
    root = laptop(bare, "root")

    def happens() -> None:
        second = laptop(bare, "ops").run("apply").must(4)
        assert "Another mailwizard (process " in second.stderr
        bare.vps("flock", "-n", LOCK, "true").must(1)  # nor could a mailwizard on the server
        until(bare, APT_IS_AT_CHASQUID)
        bare.fault("cut", "8")

    first = root.apply_and_meanwhile(IS_LOCKED, happens).must(3)
    assert "lost" not in first.stderr
    finish(bare, root)
    assert bare.vps("bash", "-c", "command -v mailwizard").code == 1
    _the_ports_are_seen_from_outside(bare, root)


def _the_ports_are_seen_from_outside(lab: Lab, laptop: Laptop) -> None:
    def ports() -> dict[int, dict[str, str]]:
        found = {finding["id"]: finding for finding in findings(laptop.run, 0, 1, 2, 3)}
        return {number: found[f"chasquid.port_{number}"] for number in (25, 465, 587)}

    assert [(port["status"], "; and from " in port["source"]) for port in ports().values()] == [("ok", True)] * 3
    lab.fault("port25in")
    lab.fault("drop", "oifname", "vps", "tcp", "dport", "465", "counter")
    seen = ports()
    lab.fault("heal")
    assert [port["status"] for port in seen.values()] == ["failed", "failed", "ok"]
    assert seen[25]["cause"] == seen[465]["cause"] == "closed_outside"
    assert "incoming TCP 465" in seen[465]["fix"]


def test_with_sudo_and_the_connection_cut_in_the_middle(bare: Lab, laptop: Callable[[Lab, str], Laptop]) -> None:
    ops = laptop(bare, "ops")
    kill = "pkill -9 -f 'sshd[-a-z]*: ops'"
    # in one breath: a moment later apt may have done it, and the connection is made again for the next change
    killed = ops.apply_and_meanwhile(f"{APT_IS_AT_CHASQUID} && {kill}", lambda: None).must(1)
    assert "the connection was lost" in killed.stderr
    # the change in hand went on without us, to its end
    bare.vps("bash", "-c", "while pgrep -x 'apt-get|dpkg' >/dev/null; do sleep 0.2; done").must()
    assert bare.vps("dpkg", "--audit").must().stdout == ""
    ops.run("apply", "--passwords", "/root/passwords").must(3)
    finish(bare, ops)
    owners = bare.vps("stat", "-c", "%U %a", "/etc/chasquid/chasquid.conf", "/var/lib/mailwizard").must().stdout
    assert owners.split("\n")[:2] == ["root 644", "root 700"]


def test_passwords_are_asked_on_the_terminal(bare: Lab, laptop: Callable[[Lab, str], Laptop]) -> None:
    bare.vps("chpasswd", stdin=f"ops:{SUDO_PASSWORD}\n").must()
    bare.put("/etc/sudoers.d/ops", "ops ALL=(ALL) ALL\n", "0440")
    ops = laptop(bare, "ops")
    # nobody to ask: it looks, and may change nothing
    assert "sudo wants a password" in ops.run("health", "--plain").must(2).stdout
    assert "start it on a terminal" in ops.run("apply").must(1).stderr.lower()
    command = f"{ops.program} --host {ops.where} plan"
    with OnLaptop(bare, command) as terminal:
        terminal.wait_for("Password of ops@198.51.100.7 for sudo")
        terminal.type("not-this-one")
        terminal.press("Enter")
        terminal.wait_for("sudo did not accept this")
        terminal.type(SUDO_PASSWORD)
        terminal.press("Enter")
        assert terminal.wait_for_end(60) == 3
        assert SUDO_PASSWORD not in terminal.screen()
    journal = bare.vps("journalctl", "--no-pager", "-o", "export").must().stdout
    assert SUDO_PASSWORD not in journal
    assert "ops : 1 incorrect password attempt" in journal
    _the_wizard_works_over_ssh(bare, ops)


def _the_wizard_works_over_ssh(lab: Lab, ops: Laptop) -> None:
    """Logged in with a password as well, which then does for sudo too."""
    lab.put("/etc/ssh/sshd_config.d/lab-passwords.conf", "PasswordAuthentication yes\nPubkeyAuthentication no\n")
    lab.vps("systemctl", "reload", "ssh").must()
    with OnLaptop(lab, f"TERM=screen-256color {ops.program} --host {ops.where}") as terminal:
        terminal.wait_for("Password of ops@198.51.100.7:")
        terminal.type(SUDO_PASSWORD)
        terminal.press("Enter")
        screen = terminal.wait_for(HOSTNAME, 60)
        assert "You are not root" not in screen
        holder = lab.get("/var/lib/mailwizard/lock").strip()
        assert "bash" in lab.vps("ps", "-o", "args=", "-p", holder).must().stdout
    assert lab.vps("flock", "-w", "60", "/var/lib/mailwizard/lock", "true").code == 0


def test_a_host_key_that_is_not_the_accepted_one(bare: Lab, laptop: Callable[[Lab, str], Laptop]) -> None:
    root = laptop(bare, "root")
    renew = "rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh"
    bare.vps("bash", "-c", renew).must()
    refused = root.run("health", "--plain").must(3)
    assert "DANGER" in refused.stderr
    unknown = bare.admin("bash", "-c", f"HOME=$(mktemp -d) {root.program} --host {root.where} health").must(3)
    assert "was never accepted here" in unknown.stderr
    assert "ssh root@198.51.100.7" in unknown.stderr
