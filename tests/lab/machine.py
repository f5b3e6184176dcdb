"""The rehearsal lab, driven from Python: an internet and a fresh VPS, all real software, nothing leaves this machine.

What a test gets (fixtures in conftest.py):

``lab``       (session) the lab, up. ``lab.fresh("trixie")`` gives a new VPS in about a second, as a provider hands it
              over: IPv4 only (IPv6 is off in /etc/sysctl.conf), host name vmi1234567, no mail software.
``server``    a new trixie VPS with mailwizard on its PATH, the DNS as registered, the receiver's mailbox and the git
              host's repository empty, and /etc/mailwizard/setup.toml, credentials and keys in place.
``bookworm``  the same on bookworm (chasquid there comes from Debian testing's archive, which the lab plays as well).
``laptop``    with ``server``: `laptop("--host", "ops@198.51.100.7", "plan")` runs mailwizard on the administrator's own
              computer, whose home (``lab.home``) has a key for the VPS and knows its host key.
``bare``      a new trixie VPS with only the wheel, in /root/wheels: ``lab.pipx(...)`` runs it as the README says.

Addresses: the VPS has 198.51.100.7 (gateway .1) and may take 2001:db8:7::7/64 (gateway fe80::1). Resolver 203.0.113.53,
authoritative server ns1.dnshost.example = 203.0.113.54, receiver mx.bigmail.example = 203.0.113.25 with the mailbox
alice@bigmail.example, git host git.forge.example = 203.0.113.22 with git@git.forge.example:/srv/mail-config.git.
Domains that are yours: wizard-lab.example and second-lab.example. The certificate authority is pebble under Let's
Encrypt's own names, so ``authority = "letsencrypt"`` works; its root is trusted on the VPS. Logins on the VPS: root,
ops (sudo without a password), guest (no sudo), all with the administrator's key. ``lab.admin(...)`` runs a program of
this machine inside the lab's network; terminal.py types into programs on the VPS.

What waits for the user in the real world is done by ``publish`` (records at the DNS host), ``point_back`` (the
provider's reverse-DNS page) and ``trust_deploy_key`` (the git host's settings page). Faults: ``lab.fault("port25")``
and so on, see ``lab fault``; undo with ``lab.fault("heal")``. A name asked before it exists stays missing for 5 s (the
zones' SOA minimum): ``publish`` and ``point_back`` empty the resolver's cache, so that nothing has to wait.

Environment: MAILWIZARD_LAB=required (a machine that cannot carry the lab fails instead of skips) or keep (leave it up);
MAILWIZARD_WHEEL (the wheel to test, else one is built); MAILWIZARD_LAB_PREFIX and MAILWIZARD_LAB_STATE (see ./lab).
Under pytest-xdist each worker has a lab of its own: keep the tests of one file together with ``--dist loadfile``.
By hand: ``tests/lab/lab up``, ``lab ready trixie WHEEL``, ``lab fresh trixie+mailwizard``, ``lab ssh -t mailwizard``.
"""

from __future__ import annotations

import base64
import email
import email.policy
import ipaddress
import os
import re
import shlex
import subprocess
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).parent
LAB = HERE / "lab"

DOMAIN = "wizard-lab.example"
DOMAINS = (DOMAIN, "second-lab.example")
HOSTNAME = "mail.wizard-lab.example"
IPV4 = "198.51.100.7"
IPV6 = "2001:db8:7::7"
RECEIVER = "alice@bigmail.example"
NAMESERVER = "203.0.113.54"

KEYS = {  # TSIG secrets, as in inet/etc/knot/knot.conf: the DNS host's, and the provider's reverse-DNS panel's
    "wizard": "d2l6YXJkLWxhYi1zZWNyZXQtd2l6YXJkLWxhYi1zZWM=",
    "panel": "cGFuZWwtbGFiLXNlY3JldC1wYW5lbC1sYWItc2VjcmU=",
}


@dataclass(frozen=True)
class Ran:
    """A command that has ended: what it was, its exit status and what it wrote."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def must(self, *codes: int) -> Ran:
        """Return itself if the exit status is one of codes (default 0); else raise AssertionError with all it wrote."""
        if self.code not in (codes or (0,)):
            raise AssertionError(f"exit status {self.code}, wanted {codes or (0,)}\n{self}")
        return self

    def __str__(self) -> str:
        said = f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"
        return f"$ {shlex.join(self.argv)}\n{said}\n--- exit status {self.code}"


class Lab:
    """One lab: the internet, and the VPS that is being set up."""

    def __init__(self, prefix: str = "") -> None:
        self.env = os.environ | ({"MAILWIZARD_LAB_PREFIX": prefix} if prefix else {})

    def run(self, *argv: str, stdin: str = "", timeout: float = 600) -> Ran:
        """Run `lab ARGV...`; raise AssertionError, with what was written so far, after timeout seconds."""
        command = (str(LAB), *argv)
        try:
            done = subprocess.run(
                command, input=stdin, capture_output=True, text=True, errors="replace", timeout=timeout, env=self.env
            )
        except subprocess.TimeoutExpired as late:
            written = [
                (part or b"").decode(errors="replace") if not isinstance(part, str) else part
                for part in (late.stdout, late.stderr)
            ]
            raise AssertionError(f"no end after {timeout} s\n{Ran(command, -1, *written)}") from None
        return Ran(command, done.returncode, done.stdout, done.stderr)

    def can(self) -> Ran:
        """Say whether this machine can carry the lab: exit status 0, or 1 and the reasons on stdout."""
        return self.run("can")

    def up(self, suite: str = "trixie") -> Ran:
        """Bring up the internet and a VPS (from an empty cache: about two minutes; else seconds)."""
        came = self.run("up", suite, timeout=1800)
        self.env["MAILWIZARD_LAB_STATE"] = self.run("state").stdout.strip()  # so that it is not looked for each time
        return came

    def down(self) -> Ran:
        """Take everything away but the cache."""
        return self.run("down", timeout=120)

    def fresh(self, suite: str = "trixie", disk_mb: int = 0) -> None:
        """Replace the VPS by a new one: trixie, bookworm, noble or jammy, or one with "+mailwizard" (after `ready`)."""
        self.run("fresh", suite, *([str(disk_mb)] if disk_mb else []), timeout=1200).must()

    def ready(self, suite: str, wheel: Path) -> None:
        """Lay out mailwizard, installed by pip from the lab's PyPI, for `fresh(suite + "+mailwizard")`."""
        self.run("ready", suite, str(wheel), timeout=1200).must()

    def on(self) -> None:
        """Power the VPS on, its disk as it is."""
        self.run("on").must()

    def off(self) -> None:
        """Pull the VPS's plug."""
        self.run("off").must()

    def reboot(self) -> None:
        """Reboot the VPS from inside and wait until it has started again."""
        self.vps("systemctl", "reboot").must(0, 143, 255, 137)
        end = time.monotonic() + 60
        while "running" not in self.vps("systemctl", "is-system-running", "--wait").stdout:
            assert time.monotonic() < end, "the VPS did not come back"
            time.sleep(0.2)

    def fault(self, *what: str) -> Ran:
        """Break something, or `heal`; see `lab fault`."""
        return self.run("fault", *what).must()

    # machines

    def vps(self, *argv: str, stdin: str = "", timeout: float = 300) -> Ran:
        """Run a program on the VPS as root, not over the network (works when its network is broken)."""
        return self.run("in", "vps", *argv, stdin=stdin, timeout=timeout)

    def inet(self, *argv: str, stdin: str = "", timeout: float = 60) -> Ran:
        """Run a program as root on the machine that plays the internet."""
        return self.run("in", "inet", *argv, stdin=stdin, timeout=timeout)

    def admin(self, *argv: str, stdin: str = "", timeout: float = 300) -> Ran:
        """Run a program of this machine in the lab's network, with the lab's DNS and trusting its authorities."""
        return self.run("admin", *argv, stdin=stdin, timeout=timeout)

    @property
    def home(self) -> Path:
        """The administrator's home (HOME of `admin`): .ssh/id_ed25519 opens the VPS, .ssh/known_hosts knows it."""
        return Path(self.run("home").must().stdout.strip())

    def ssh(self, command: str, user: str = "root", stdin: str = "", timeout: float = 300) -> Ran:
        """Run a shell command on the VPS over SSH, with a login session."""
        return self.run("ssh", "-u", user, command, stdin=stdin, timeout=timeout)

    def put(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file on the VPS, and the folders above it."""
        script = 'mkdir -p "$(dirname "$1")" && install -m "$2" /dev/null "$1" && cat >"$1"'
        self.vps("bash", "-ec", script, "put", path, mode, stdin=text).must()

    def copy(self, source: Path, path: str) -> None:
        """Copy a file of this machine to the VPS, byte for byte."""
        text = base64.b64encode(source.read_bytes()).decode()
        script = 'mkdir -p "$(dirname "$1")" && base64 -d >"$1"'
        self.vps("bash", "-ec", script, "copy", path, stdin=text).must()

    def get(self, path: str) -> str:
        """Return the text of a file on the VPS; raise AssertionError if there is none."""
        return self.vps("cat", path).must().stdout

    # mailwizard on the VPS

    def mailwizard(self, *argv: str, stdin: str = "", timeout: float = 600) -> Ran:
        """Run mailwizard on the VPS as root over SSH, without a terminal."""
        return self.ssh(shlex.join(["mailwizard", *argv]), stdin=stdin, timeout=timeout)

    def pipx(self, *argv: str, stdin: str = "", timeout: float = 600) -> Ran:
        """Run mailwizard on the VPS as the README says, by `pipx run --spec WHEEL`; the wheel lies in /root/wheels."""
        return self.ssh(
            f"pipx run --spec /root/wheels/*.whl {shlex.join(['mailwizard', *argv])}", stdin=stdin, timeout=timeout
        )

    def readme(self, *argv: str, timeout: float = 600) -> Ran:
        """Run mailwizard as the README's first command does, from the copy of the checkout that `bring` laid down."""
        command = f"cd /root/checkout && pipx run --no-cache --spec . {shlex.join(['mailwizard', *argv])}"
        return self.ssh(command, timeout=timeout)

    def bring(self) -> None:
        """Lay a copy of the checkout's product on the VPS, in /root/checkout."""
        top = HERE.parents[1]
        names = ("pyproject.toml", "README.md", "LICENSE", "mailwizard", "screens", "assets")
        packed = subprocess.run(
            ["tar", "-cz", "-C", top, "--exclude=__pycache__", *names], capture_output=True, check=True
        )
        script = "mkdir -p /root/checkout && base64 -d | tar -xz -C /root/checkout"
        self.vps("bash", "-ec", script, stdin=base64.b64encode(packed.stdout).decode()).must()

    def configure(self, setup: str | None = None) -> None:
        """Put the answers (default: setup.toml beside this file) and the DNS plugin's credentials on the VPS."""
        self.put("/etc/mailwizard/setup.toml", setup if setup is not None else (HERE / "setup.toml").read_text())
        self.put("/etc/mailwizard/credentials.env", (HERE / "credentials.env").read_text(), "0600")
        self.put("/root/keys/wizard.key", tsig("wizard"), "0600")

    # the world outside, as the user changes it

    def nsupdate(self, text: str, key: str = "wizard") -> Ran:
        """Send an update (nsupdate's language, without `server` and `send`), signed with the key wizard or panel."""
        script = """
            f=$(mktemp); printf %s "$1" >"$f"; status=0
            nsupdate -k "$f" || status=$?
            rm "$f"; unbound-control flush_zone . >/dev/null; exit $status"""
        body = f"server {NAMESERVER}\n{text.rstrip()}\nsend\n"
        return self.inet("bash", "-c", script, "nsupdate", tsig(key), stdin=body)

    def publish(self, text: str) -> None:
        """Publish records at the DNS host: what `mailwizard records --format nsupdate` prints, or the like.

        Only the lines that add or delete count; they are sent zone by zone, as servers demand.
        """
        zones: dict[str, list[str]] = {}
        for line in text.splitlines():
            found = re.match(r"\s*(?:update\s+)?(?:add|del|delete)\s+(\S+?)\.?(?:\s|$)", line)
            if found:
                zone = next((zone for zone in DOMAINS if f".{found[1].lower()}".endswith(f".{zone}")), None)
                assert zone, f"not a name in {DOMAINS}: {line}"
                zones.setdefault(zone, []).append(line)
        assert zones, f"no update in: {text}"
        for zone, lines in zones.items():
            self.nsupdate("\n".join([f"zone {zone}", *lines])).must()

    def point_back(self, address: str, name: str | None) -> None:
        """Set the PTR record of an address of the VPS at the provider's panel; None takes it away."""
        pointer = ipaddress.ip_address(address).reverse_pointer
        lines = [f"update delete {pointer}. PTR"] + ([f"update add {pointer}. 60 PTR {name}."] if name else [])
        self.nsupdate("\n".join(lines), key="panel").must()

    def forget_dns(self) -> None:
        """Make every zone again what it was when the domain was registered; the receiver forgets keys it had seen."""
        self.fault("dns")
        self.inet("systemctl", "restart", "opendkim").must()

    def dig(self, name: str, kind: str) -> list[str]:
        """Return what the authoritative server holds, a line for each record as `dig +short` prints it."""
        return self.inet("dig", "+short", f"@{NAMESERVER}", name, kind).must().stdout.splitlines()

    def trust_deploy_key(self, public: str) -> None:
        """Let a public key write to the git host's repository (the key page in the forge's settings)."""
        script = """
            f=/home/git/.ssh/authorized_keys
            { printf "restrict "; cat; echo; } >>"$f"; chown git: "$f"; chmod 600 $f"""
        self.inet("bash", "-ec", script, stdin=public.strip()).must()

    def git(self, *argv: str) -> Ran:
        """Run git in the git host's repository, as its owner: `lab.git("show", "main:chasquid.conf")`."""
        return self.inet("runuser", "-u", "git", "--", "git", "-C", "/srv/mail-config.git", *argv)

    def forget_repository(self) -> None:
        """Make the git host's repository empty, known to no deploy key."""
        script = """
            : >/home/git/.ssh/authorized_keys; rm -rf /srv/mail-config.git
            git init -q --bare -b main /srv/mail-config.git; chown -R git: /srv/mail-config.git"""
        self.inet("bash", "-ec", script).must()

    # the receiver

    def mailbox(self) -> list[EmailMessage]:
        """Return alice@bigmail.example's messages, oldest first."""
        script = """
            cd /home/alice/Maildir/new 2>/dev/null || exit 0
            for f in *; do [ -e "$f" ] || continue; cat "$f"; printf '\\0'; done"""
        raw = self.inet("bash", "-c", script).must().stdout
        return [_message(part) for part in raw.split("\0") if part]

    def empty_mailbox(self) -> None:
        """Throw alice's messages away."""
        self.inet("bash", "-c", "rm -rf /home/alice/Maildir/new/*").must()

    def wait_for_mail(self, subject: str = "", patience: float = 60) -> EmailMessage:
        """Return alice's newest message whose Subject contains subject.

        Raise AssertionError, with the receiver's log, after patience seconds.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            found = [message for message in self.mailbox() if subject in str(message["Subject"])]
            if found:
                return found[-1]
            time.sleep(0.5)
        log = self.inet("journalctl", "-u", "postfix*", "-u", "opendkim", "-u", "opendmarc", "-n", "60", "--no-pager")
        raise AssertionError(f"no message with {subject!r} in {patience} s; the receiver's log:\n{log.stdout}")

    def write_to(self, address: str, subject: str) -> None:
        """Let alice write a message to an address on the VPS."""
        text = f"From: {RECEIVER}\nTo: {address}\nSubject: {subject}\n\nHello.\n"
        self.inet("sendmail", "-f", RECEIVER, address, stdin=text).must()


def tsig(key: str) -> str:
    """Return the text of a key file as nsupdate reads it."""
    return f'key "{key}" {{\n  algorithm hmac-sha256;\n  secret "{KEYS[key]}";\n}};\n'


def verdicts(message: EmailMessage) -> dict[str, str]:
    """Return the receiver's Authentication-Results (RFC 8601): {"spf": "pass", "dkim": "pass", "dmarc": "pass"}.

    A method that was judged more than once (SPF of HELO and of MAIL FROM) has the worst of its results.
    """
    found: dict[str, str] = {}
    for header in message.get_all("Authentication-Results", []):
        if not str(header).strip().startswith("mx.bigmail.example"):
            continue
        for method, result in re.findall(r"\b(spf|dkim|dmarc)=(\w+)", str(header)):
            if found.get(method, "pass") == "pass":
                found[method] = result
    return found


def _message(text: str) -> EmailMessage:
    parsed = email.message_from_string(text, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed
