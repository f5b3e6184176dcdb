"""The certificate: mailwizard sees the proof itself, and what acme.sh does without mailwizard is as ever."""

from __future__ import annotations

import pytest

from tests.lab.machine import HOSTNAME, Lab
from tests.lab.set_up import PASSWORDS
from tests.lab.test_interrupted import killed_when

CHAIN = f"/etc/chasquid/certs/{HOSTNAME}/fullchain.pem"
CONF = "/var/lib/mailwizard/acme/wizard-lab.example_ecc/wizard-lab.example.conf"
ACME_SH = "[/]usr/share/acme.sh/acme.sh"


def serial(lab: Lab) -> str:
    """The number of the certificate that chasquid has."""
    return lab.vps("openssl", "x509", "-in", CHAIN, "-noout", "-serial").must().stdout


def renewed_by_the_timers_service(lab: Lab) -> str:
    """A renewal that is due; what it says."""
    lab.vps("sed", "-i", "s/^Le_NextRenewTime=.*/Le_NextRenewTime='1'/", CONF).must()
    lab.vps("systemctl", "start", "mailwizard-acme.service").must()
    return lab.vps("journalctl", "-u", "mailwizard-acme.service", "-o", "cat", "--no-pager").must().stdout


@pytest.mark.parametrize("machine", ["server", "bookworm"])  # acme.sh 3.1.1, and testing's
def test_the_proof_is_seen_and_a_renewal_without_mailwizard_is_as_ever(
    machine: str, request: pytest.FixtureRequest
) -> None:
    lab: Lab = request.getfixturevalue(machine)
    lab.put("/root/passwords", PASSWORDS, "0600")
    first = lab.mailwizard("apply", "--passwords", "/root/passwords").must(3)
    assert first.stderr.count("The proof is seen at the name server of wizard-lab.example.") == 2, str(first)
    assert "Le_DNSSleep" not in lab.get(CONF)
    before = serial(lab)
    lab.vps("bash", "-ec", "rm $(command -v mailwizard)").must()
    said = renewed_by_the_timers_service(lab)
    if "Adding TXT value" in said:  # an authority that remembers the proof wants none
        assert "Sleeping for 20 seconds first" in said and "All checks succeeded" in said, said
    assert serial(lab) != before
    assert "Le_DNSSleep" not in lab.get(CONF)


def test_killed_while_acme_sh_waits_for_the_dns(server: Lab) -> None:
    killed_when(server, "grep -q 'check each DNS record' /var/log/mailwizard.log 2>/dev/null")
    gone = f"for i in $(seq 1200); do pgrep -f '{ACME_SH}' >/dev/null || exit 0; sleep 0.1; done; exit 1"
    server.vps("bash", "-c", gone).must()
    server.put("/root/passwords", PASSWORDS, "0600")
    server.mailwizard("apply", "--passwords", "/root/passwords").must(3)
    assert serial(server)
