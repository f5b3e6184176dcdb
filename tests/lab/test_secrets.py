"""While a server is set up another user looks at every process; afterwards every file, log and report is searched.

The secrets: a sender's password (plain, and as AUTH PLAIN has it), the DNS provider's key, and all private keys made.
"""

from __future__ import annotations

import base64
from pathlib import PurePosixPath

from tests.lab.machine import DOMAIN, KEYS, RECEIVER, Lab
from tests.lab.set_up import PASSWORD, PASSWORDS, SENDER, publish_everything

ONLOOKER = """
import os, signal, sys, time
seen, going = set(), True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
while going:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    seen.add(file.read())
            except OSError:
                pass
    time.sleep(0.02)
with open(sys.argv[1], "wb") as file:
    file.write(b"\\n".join(seen))
"""
# where they belong: the files that the test itself wrote, and those of the programs that need them
THEIR_PLACES = {
    PASSWORD: ("/root/passwords",),
    KEYS["wizard"]: ("/root/keys/",),
    "private keys": ("/etc/chasquid/certs/", f"/etc/chasquid/domains/{DOMAIN}/", "/var/lib/mailwizard/"),
}


def test_nobody_sees_a_secret_while_a_server_is_set_up_or_after(server: Lab) -> None:
    said = _set_up_under_watch(server)
    keys = _lines_of_keys(server)
    auth = base64.b64encode(f"\0{SENDER}\0{PASSWORD}".encode()).decode()
    secrets = [PASSWORD, auth, KEYS["wizard"], *keys]
    seen = server.get("/tmp/seen")
    assert "apt-get" in seen and "acme.sh" in seen, "the onlooker saw nothing of the set-up"
    for secret in secrets:
        assert secret not in seen, "a secret stood in a process's arguments or its open environment"
        assert secret not in said, "a secret was printed"
    _nothing_on_the_disk(server, secrets)
    _nothing_in_the_system_log(server, secrets)
    _nothing_for_an_ordinary_user(server, secrets)


def _set_up_under_watch(lab: Lab) -> str:
    """The whole set-up and a test mail; what they printed."""
    lab.put("/root/passwords", PASSWORDS, "0600")
    lab.put("/home/guest/onlooker.py", ONLOOKER)
    watch = "runuser -u guest -- setsid python3 /home/guest/onlooker.py /tmp/seen </dev/null >/tmp/onlooker.out 2>&1 &"
    lab.vps("bash", "-c", watch).must()
    try:
        ran = [lab.mailwizard("apply", "--passwords", "/root/passwords").must(3)]
        publish_everything(lab, lab.mailwizard)
        ran.append(lab.mailwizard("apply", "--wait", "120", "--passwords", "/root/passwords").must(0))
        ran.append(lab.mailwizard("send-test", SENDER, RECEIVER, "--passwords", "/root/passwords").must(0))
        ran += [lab.mailwizard(*words).must(0, 1, 3) for words in (("health", "--json"), ("plan", "--json"))]
    finally:
        stop = (
            "pkill -TERM -u guest -f '[o]nlooker.py'; for i in $(seq 50); do [ -s /tmp/seen ] && break; sleep 0.1; done"
        )
        lab.vps("bash", "-c", stop)
    return "\n".join(str(one) for one in ran)


def _lines_of_keys(lab: Lab) -> list[str]:
    """A line from within each private key on the server: DKIM's, the certificate's, the ACME account's."""
    find = "grep -rlE 'BEGIN ([A-Z]+ )?PRIVATE KEY' /etc/chasquid /var/lib/mailwizard"
    files = lab.vps("bash", "-c", find).must().stdout.split()
    lines = [lab.get(path).splitlines()[1] for path in files]
    names = {PurePosixPath(path).name for path in files}
    assert {"account.key", "privkey.pem"} <= names and any("dkim" in name for name in names), files
    return lines


def _grep(lab: Lab, secrets: list[str], *command: str) -> list[str]:
    ran = lab.vps(*command, stdin="".join(f"{secret}\n" for secret in secrets))
    return ran.must(0, 1, 2).stdout.splitlines()  # 2: a file that this user may not read


def _nothing_on_the_disk(lab: Lab, secrets: list[str]) -> None:
    everywhere = ("/etc", "/var", "/tmp", "/run", "/home", "/root", "/opt", "/usr/local", "/dev/shm")
    places = tuple(place for places in THEIR_PLACES.values() for place in places)
    found = _grep(lab, secrets, "grep", "-rlaF", "-D", "skip", "-f", "-", *everywhere)
    assert found, "not even the files made for them were found"
    assert [path for path in found if not path.startswith(places)] == []
    for secret, allowed in THEIR_PLACES.items():
        if secret in secrets:
            here = _grep(lab, [secret], "grep", "-rlaF", "-D", "skip", "-f", "-", *everywhere)
            assert [path for path in here if not path.startswith(allowed)] == []
    journal = "/var/lib/mailwizard/journal.jsonl"
    assert journal not in found and lab.vps("test", "-s", journal).code == 0


def _nothing_in_the_system_log(lab: Lab, secrets: list[str]) -> None:
    found = _grep(lab, secrets, "bash", "-c", "journalctl --no-pager -a | grep -cF -f /dev/fd/3 3<&0")
    assert found == ["0"]


def _nothing_for_an_ordinary_user(lab: Lab, secrets: list[str]) -> None:
    everywhere = ("/etc", "/var", "/tmp", "/run", "/home", "/root", "/opt", "/usr/local")
    assert (
        _grep(lab, secrets, "runuser", "-u", "guest", "--", "grep", "-rlaF", "-D", "skip", "-f", "-", *everywhere) == []
    )
