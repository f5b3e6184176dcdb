"""A set-up that is killed, in different steps, and goes on where the world stands."""

from __future__ import annotations

import time

import pytest

from tests.lab.machine import Lab
from tests.lab.set_up import PASSWORDS, failed, send_and_see, set_up

KILL = "pkill -9 -f '[m]ailwizard apply'"


def killed_when(lab: Lab, there: str, patience: float = 120) -> None:
    """Starts `apply`, and kills it as soon as the shell test `there` holds on the VPS."""
    lab.put("/root/passwords", PASSWORDS, "0600")
    start = "setsid mailwizard apply --passwords /root/passwords >/root/apply.out 2>&1 </dev/null &"
    lab.vps("bash", "-c", start).must()
    lab.vps("bash", "-c", f"for i in $(seq {int(patience * 20)}); do {there} && break; sleep 0.05; done; {KILL}").must(
        0
    )
    time.sleep(1)
    assert lab.vps("pgrep", "-f", "[m]ailwizard apply").code == 1


@pytest.mark.parametrize(
    "there",
    [
        "grep -q netplan /var/lib/mailwizard/journal.jsonl 2>/dev/null",
        "pgrep -f '[a]cme.sh --issue' >/dev/null",
        "pgrep -x apt-get >/dev/null && grep -q chasquid /var/lib/mailwizard/journal.jsonl",
    ],
    ids=["network", "certificate", "packages"],
)
def test_killed_and_resumed(server: Lab, there: str) -> None:
    killed_when(server, there)
    set_up(server)
    assert failed(server.mailwizard) == []
    send_and_see(server)


def test_only_one_changes_the_server_at_a_time(server: Lab) -> None:
    server.vps("bash", "-c", "setsid mailwizard apply >/root/apply.out 2>&1 </dev/null &").must()
    server.vps(
        "bash", "-c", "for i in $(seq 100); do [ -e /var/lib/mailwizard/lock ] && break; sleep 0.05; done"
    ).must()
    second = server.mailwizard("apply").must(4)
    assert "Another mailwizard" in second.stderr
    server.mailwizard("health", "--plain").must(0, 1, 2, 3)
    server.vps("bash", "-c", KILL).must()
