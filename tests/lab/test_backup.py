"""Set up, back up, lose the server, restore onto another one with another address, and send with the same DKIM key."""

from __future__ import annotations

import re

from tests.lab.machine import DOMAIN, HERE, HOSTNAME, KEYS, RECEIVER, Lab, Ran, tsig, verdicts
from tests.lab.set_up import PASSWORD, PASSWORDS, SENDER, failed, send_and_see, set_up

REMOTE = "git@git.forge.example:/srv/mail-config.git"
OTHER_IPV4, OTHER_IPV6 = "198.51.100.8", "2001:db8:7::8"
KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/=]+ mailwizard\S*")


def answers(**backup: str) -> str:
    """The lab's answers with a backup."""
    text = (HERE / "setup.toml").read_text()
    lines = "".join(f'{key} = "{value}"\n' for key, value in {"remote": REMOTE, **backup}.items())
    return text.replace('remote = ""\n', lines)


def accept_key(lab: Lab, said: str) -> None:
    """The git host's settings page: the key that mailwizard showed is pasted there."""
    found = KEY.search(said)
    assert found, said
    lab.trust_deploy_key(found.group())


def back_up(lab: Lab, **backup: str) -> None:
    """The step Backup, from answers to a drill that went well."""
    lab.put("/etc/mailwizard/setup.toml", answers(**backup))
    accept_key(lab, lab.mailwizard("backup").must(3).stderr)
    made = lab.mailwizard("backup").must(0)
    assert "came back as they are" in made.stderr, str(made)
    assert "0 changes made" in lab.mailwizard("backup").must(0).stdout
    assert "0 changes made" in lab.mailwizard("apply").must(0).stdout
    assert failed(lab.mailwizard) == []


def new_key(lab: Lab) -> tuple[str, str]:
    """An identity and its public key, as `backup --new-key` shows them."""
    said = lab.mailwizard("backup", "--new-key").must().stdout
    recipient = re.search(r'age_recipient = "(age1\w+)"', said)
    identity = re.search(r"AGE-SECRET-KEY-1\w+", said)
    assert recipient and identity, said
    return identity.group(), recipient[1]


def another_server(lab: Lab) -> None:
    """A new VPS with another address, and what else the user brings there: the key file of the DNS provider."""
    lab.fresh("trixie+mailwizard")
    netplan = lab.get("/etc/netplan/50-cloud-init.yaml").replace("198.51.100.7", OTHER_IPV4)
    lab.put("/etc/netplan/50-cloud-init.yaml", netplan, "0600")
    lab.vps("netplan", "apply").must()
    lab.put("/root/keys/wizard.key", tsig("wizard"), "0600")
    lab.put("/root/passwords", PASSWORDS, "0600")


def secrets_of(lab: Lab) -> list[str]:
    """What must not be read in a clone: keys line by line, hashes, the DNS provider's key, the password."""
    script = r"""
        acme=/var/lib/mailwizard/acme
        sed -n '/PRIVATE KEY/,/PRIVATE KEY/p' /etc/chasquid/domains/*/dkim:* /etc/chasquid/certs/*/privkey.pem \
          $acme/*/*.key $(find $acme/ca -name account.key) | grep -v -e ----- | grep ....................
        grep -ohE 'encrypted: *"[^"]{12}' /etc/chasquid/domains/*/users | cut -d '"' -f 2"""
    found = lab.vps("bash", "-c", script).must().stdout.splitlines()
    assert len(found) > 20, found
    return [*found, PASSWORD, *KEYS.values()]


def clone(lab: Lab) -> str:
    """Everything that lies in the repository, in all its commits."""
    script = """
        d=$(mktemp -d); git clone -q /srv/mail-config.git "$d/all"
        find "$d/all" -type f -not -path "*/.git/*" -exec cat {} +
        git -C "$d/all" log -p --text --all; rm -rf "$d" """
    return lab.inet("bash", "-c", f"git config --global --add safe.directory '*'; {script}").must().stdout


def test_a_lost_server_comes_back_at_another_address_with_the_same_keys(server: Lab) -> None:
    set_up(server)
    send_and_see(server)
    identity, recipient = new_key(server)
    back_up(server, secrets="age", age_recipient=recipient)
    everything = clone(server)
    assert HOSTNAME in everything
    assert not [secret for secret in secrets_of(server) if secret in everything]
    key = server.vps("bash", "-c", f"cat /etc/chasquid/domains/{DOMAIN}/dkim:*.pem").must().stdout
    published = server.dig(f"{selector(server)}._domainkey.{DOMAIN}", "TXT")

    another_server(server)
    _restore(server, identity)
    assert server.vps("bash", "-c", f"cat /etc/chasquid/domains/{DOMAIN}/dkim:*.pem").must().stdout == key
    _finish(server)
    assert server.dig(f"{selector(server)}._domainkey.{DOMAIN}", "TXT") == published
    _sends(server)


def selector(lab: Lab) -> str:
    """The selector of the key that signs."""
    name = lab.vps("bash", "-c", f"ls /etc/chasquid/domains/{DOMAIN}/").must().stdout
    found = re.search(r"dkim:(\w+)\.pem", name)
    assert found, name
    return found[1]


def _restore(lab: Lab, identity: str) -> None:
    lab.put("/root/identity", f"{identity}\n", "0600")
    lab.put("/root/wrong", new_key_here(lab), "0600")
    waiting = _run(lab, "restore", REMOTE, "--identity", "/root/identity").must(3)
    accept_key(lab, waiting.stdout)
    wrong = _run(lab, "restore", REMOTE, "--identity", "/root/wrong").must(1)
    assert "does not open the backup's secrets" in wrong.stderr
    _run(lab, "restore", REMOTE).must(2)
    lab.vps("test", "!", "-e", "/etc/mailwizard", "-a", "!", "-e", "/etc/chasquid").must()
    restored = _run(lab, "restore", REMOTE, "--identity", "/root/identity").must(0)
    assert f"{HOSTNAME} is restored" in restored.stdout
    assert "ipv6 = 2001:db8:7::7 was the old server's" in restored.stderr
    for name in ("A record", "PTR", OTHER_IPV4):
        assert name in restored.stderr, str(restored)


def new_key_here(lab: Lab) -> str:
    """Another identity, made on this server."""
    said = _run(lab, "backup", "--new-key").must().stdout
    found = re.search(r"AGE-SECRET-KEY-1\w+", said)
    assert found, said
    return f"{found.group()}\n"


def _finish(lab: Lab) -> None:
    """What is left: the new IPv6 address, the records and the PTRs; the certificate is the old one."""
    text = lab.get("/etc/mailwizard/setup.toml")
    lab.put("/etc/mailwizard/setup.toml", text.replace("[server]\n", f'[server]\nipv6 = "{OTHER_IPV6}"\n', 1))
    went_on = _run(lab, "apply").must(3)
    assert "Order" not in went_on.stderr, str(went_on)
    lab.publish(_run(lab, "records", "--format", "nsupdate").must().stdout)
    for address in (OTHER_IPV4, OTHER_IPV6):
        assert address in went_on.stderr, str(went_on)
        lab.point_back(address, HOSTNAME)
    _run(lab, "apply", "--wait", "180").must(0)
    assert "0 changes made" in _run(lab, "apply").must(0).stdout


def _sends(lab: Lab) -> None:
    lab.empty_mailbox()
    _run(lab, "send-test", SENDER, RECEIVER, "--passwords", "/root/passwords").must(0)
    message = lab.wait_for_mail()
    assert verdicts(message) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}, str(message)
    assert OTHER_IPV6 in " ".join(str(message["Received"]).split())


def _run(lab: Lab, *argv: str) -> Ran:
    """mailwizard on the VPS, not over the network: its address is another one than the lab's SSH knows."""
    return lab.vps("mailwizard", *argv, timeout=600)
