"""Set up, back up, lose the server, restore onto another one with another address, and send with the same DKIM key."""

from __future__ import annotations

import re
from collections.abc import Callable

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


def test_what_goes_wrong_on_the_way_to_the_git_host_is_told_and_loses_nothing(
    server: Lab, laptop: Callable[..., Ran]
) -> None:
    server.put("/etc/mailwizard/setup.toml", answers())
    _a_git_host_that_is_away(server)
    accept_key(server, server.mailwizard("backup").must(3).stderr)
    server.mailwizard("backup").must(0)
    _somebody_else_pushes(server)
    _the_host_key_changes(server)
    _the_timer_needs_no_mailwizard(server)
    _from_another_computer(server, laptop)
    _a_hostile_repository(server)


def _a_git_host_that_is_away(lab: Lab) -> None:
    lab.mailwizard("plan", "--step", "backup").must(3)
    lab.fault("drop", "ip daddr 203.0.113.22")
    away = lab.mailwizard("backup").must(3)
    assert "git.forge.example could not be asked for its host key" in away.stderr, str(away)
    lab.fault("heal")
    first = lab.mailwizard("plan", "--step", "backup").must(3)
    assert "git.forge.example shows the host key SHA256:" in first.stdout, str(first)


def _change(lab: Lab, words: str) -> None:
    lab.vps("bash", "-c", f"echo '# {words}' >>/etc/mailwizard/setup.toml").must()


def _somebody_else_pushes(lab: Lab) -> None:
    as_eve = "git -c user.name=eve -c user.email=eve@bigmail.example"
    script = (
        f"d=$(mktemp -d); git clone -q /srv/mail-config.git $d/all; cd $d/all; {as_eve} commit -q --allow-empty -m mine"
    )
    lab.inet("runuser", "-u", "git", "--", "bash", "-ec", f"{script}; git push -q origin HEAD:main").must()
    theirs = lab.git("rev-parse", "main").must().stdout
    _change(lab, "changed meanwhile")
    refused = lab.mailwizard("backup").must(1)
    assert "Somebody else pushed" in refused.stderr, str(refused)
    assert "by eve" in refused.stderr, str(refused)
    assert lab.git("rev-parse", "main").must().stdout == theirs
    lab.mailwizard("backup", "--on-top").must(0)
    assert theirs in lab.git("log", "--format=%H", "main").must().stdout
    assert "changed meanwhile" in lab.git("show", "main:files/etc/mailwizard/setup.toml").must().stdout


def _the_host_key_changes(lab: Lab) -> None:
    lab.inet(
        "bash", "-ec", "cp -a /etc/ssh /root/ssh; rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh"
    ).must()
    _change(lab, "with another host key")
    try:
        refused = lab.mailwizard("backup").must(1)
        assert "another host key" in refused.stderr, str(refused)
        waiting = lab.mailwizard("backup").must(3)
        assert "delete that file" in waiting.stderr, str(waiting)
    finally:
        lab.inet("bash", "-ec", "cp -a /root/ssh/. /etc/ssh/; systemctl restart ssh").must()
    lab.mailwizard("backup").must(0)


def _the_timer_needs_no_mailwizard(lab: Lab) -> None:
    _change(lab, "saved by the timer")
    lab.vps("mv", "/opt/mailwizard", "/opt/away").must()
    try:
        lab.vps("systemctl", "start", "mailwizard-backup.service").must()
    finally:
        lab.vps("mv", "/opt/away", "/opt/mailwizard").must()
    assert "saved by the timer" in lab.git("show", "main:files/etc/mailwizard/setup.toml").must().stdout
    assert "0 changes made" in lab.mailwizard("backup").must(0).stdout


def _from_another_computer(lab: Lab, laptop: Callable[..., Ran]) -> None:
    _change(lab, "saved from a laptop")
    laptop("--host", "root@198.51.100.7", "backup").must(0)
    assert "saved from a laptop" in lab.git("show", "main:files/etc/mailwizard/setup.toml").must().stdout
    laptop("--host", "root@198.51.100.7", "backup", "--drill").must(0)


def _a_hostile_repository(lab: Lab) -> None:
    before = lab.vps("sha256sum", "/etc/shadow", "/etc/mailwizard/setup.toml").must().stdout
    for harm, words in (
        ("sed -i s,/etc/mailwizard/setup.toml,../../etc/shadow, mailwizard-backup.json", "none of a mail server's"),
        ("git checkout -q HEAD~1 .; ln -sf /etc/shadow files/etc/mailwizard/setup.toml", "no plain file"),
    ):
        script = f"d=$(mktemp -d); git clone -q /srv/mail-config.git $d/all; cd $d/all; {harm}; git add -A; git"
        who = "-c user.name=eve -c user.email=eve@bigmail.example"
        lab.inet(
            *("runuser", "-u", "git", "--", "bash", "-ec"), f"{script} {who} commit -qm x; git push -q origin HEAD:main"
        ).must()
        refused = lab.mailwizard("restore", REMOTE).must(1)
        assert words in refused.stderr, str(refused)
    assert lab.vps("sha256sum", "/etc/shadow", "/etc/mailwizard/setup.toml").must().stdout == before


def test_a_full_disk_is_told_and_loses_nothing(server: Lab) -> None:
    server.fresh("trixie+mailwizard", 300)
    server.configure(answers())
    accept_key(server, server.mailwizard("backup").must(3).stderr)
    server.mailwizard("backup").must(0)
    pushed = server.git("rev-parse", "main").must().stdout
    server.vps("bash", "-c", "head -c 300000 /dev/urandom | base64 | sed 's/^/# /' >>/etc/mailwizard/setup.toml").must()
    server.vps("bash", "-c", "head -c 400M /dev/zero >/var/ballast || true").must()
    full = server.mailwizard("backup").must(1)
    assert "full" in full.stderr, str(full)
    assert "Traceback" not in full.stderr
    assert server.git("rev-parse", "main").must().stdout == pushed
    server.vps("rm", "/var/ballast").must()
    server.mailwizard("backup").must(0)
