"""The path from a fresh VPS to a verified mail server, in the steps that its tests share."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.lab.machine import HOSTNAME, IPV4, IPV6, RECEIVER, Lab, Ran, verdicts

SENDER = "bob@wizard-lab.example"
PASSWORD = "correct-horse-7-battery"
PASSWORDS = f"{SENDER}:{PASSWORD}\n"
Run = Callable[..., Ran]


def publish_everything(lab: Lab, run: Run) -> None:
    """What waits for the user: the records at the DNS host, the PTRs at the provider's panel."""
    lab.publish(run("records", "--format", "nsupdate").must().stdout)
    lab.point_back(IPV4, HOSTNAME)
    lab.point_back(IPV6, HOSTNAME)


def set_up(lab: Lab, run: Run | None = None) -> Ran:
    """The whole set-up without a terminal; what comes back is the last `apply`."""
    run = run or lab.mailwizard
    lab.put("/root/passwords", PASSWORDS, "0600")
    run("apply", "--passwords", "/root/passwords").must(3)
    publish_everything(lab, run)
    return run("apply", "--wait", "180", "--passwords", "/root/passwords").must(0)


def send_and_see(lab: Lab, run: Run | None = None) -> None:
    """A message reaches the receiver over IPv6 and TLS 1.3, and passes SPF, DKIM and DMARC there."""
    run = run or lab.mailwizard
    lab.put("/root/passwords", PASSWORDS, "0600")
    lab.empty_mailbox()
    sent = run("send-test", SENDER, RECEIVER, "--passwords", "/root/passwords").must(0)
    message = lab.wait_for_mail()
    assert verdicts(message) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}, f"{sent}\n{message}"
    received = " ".join(str(message["Received"]).split())
    assert IPV6 in received, received
    assert "TLSv1.3" in received, received


def findings(run: Run, *codes: int) -> list[dict[str, str]]:
    """What `health --json` says, when it ends with one of the codes."""
    return list(json.loads(run("health", "--json").must(*codes).stdout)["findings"])


def failed(run: Run) -> list[dict[str, str]]:
    """The findings that failed."""
    return [finding for finding in findings(run, 0, 1, 2, 3) if finding["status"] == "failed"]
