"""An unattended set-up beside the bare commands (beds/bare.sh), and mailwizard's own share of it: its time less the
programs it runs and the waits it makes.

Runs in the rehearsal lab; prints the bare commands, the first `apply`, their ratio and the certificate's share of both,
then the `apply` that verifies, and one with nothing to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.lab.machine import Lab, Ran, tsig, verdicts  # noqa: E402
from tests.lab.set_up import PASSWORDS, publish_everything  # noqa: E402

# measures from inside: the union of the moments in which a program runs or a wait goes on is not ours
WATCH = """
import asyncio, json, sys, time
began = time.monotonic()
import mailwizard.host.local as local
spans, certificate = [], 0.0
def timed(function):
    async def wrapped(*args, **kwargs):
        global certificate
        start = time.monotonic()
        try:
            return await function(*args, **kwargs)
        finally:
            spans.append((start, time.monotonic()))
            if "/usr/share/acme.sh/acme.sh" in str(args):
                certificate += time.monotonic() - start
    return wrapped
local.run_program = timed(local.run_program)
local.LocalHost.type_in = timed(local.LocalHost.type_in)
asyncio.sleep = timed(asyncio.sleep)
from mailwizard.cli import main
code = main(sys.argv[1:])
end = time.monotonic()
others, until = 0.0, began
for start, stop in sorted(spans):
    others += max(0.0, stop - max(start, until))
    until = max(until, stop)
times = {"all": end - began, "own": end - began - others, "certificate": certificate}
print(json.dumps(times), file=open("/root/share.json", "w"))
sys.exit(code)
"""


def bare(lab: Lab) -> dict[str, float]:
    """The bare commands on a fresh VPS: seconds by part, printed. Only a server whose message passes compares."""
    lab.fresh("trixie")
    for key in ("wizard", "panel"):
        lab.put(f"/root/keys/{key}.key", tsig(key), "0600")
    lab.put("/root/bare.sh", (Path(__file__).parent / "beds" / "bare.sh").read_text())
    said = lab.ssh("bash /root/bare.sh", timeout=900).must().stdout
    parts = {name: float(seconds) for name, seconds in (line.split() for line in said.splitlines())}
    passed = verdicts(lab.wait_for_mail("by bare commands"))
    assert set(passed.values()) == {"pass"}, passed
    print(f"{'bare commands':<26} {sum(parts.values()):6.1f} s: {', '.join(f'{name} {parts[name]}' for name in parts)}")
    return parts


def times(lab: Lab) -> dict[str, float]:
    """What the last run of mailwizard measured, in seconds."""
    return dict(json.loads(lab.get("/root/share.json")))


def compare(lab: Lab, by_hand: dict[str, float]) -> None:
    """The first `apply` beside the bare commands."""
    first, whole = times(lab), sum(by_hand.values())
    print(f"{'apply : bare commands':<26} {first['all'] / whole:6.2f}")
    print(f"{'certificate of both':<26} {first['certificate']:6.1f} s : {by_hand['certificate']:.1f} s")


def share(lab: Lab, name: str, *words: str) -> Ran:
    """One run of mailwizard, its times printed in seconds."""
    began = time.monotonic()
    ran = lab.ssh(f"$(head -1 $(command -v mailwizard) | cut -c3-) /root/watch.py {' '.join(words)}", timeout=900)
    took = time.monotonic() - began
    spent = times(lab)
    print(
        f"{name:<26} exit {ran.code}, {took:6.1f} s with SSH, {spent['all']:6.1f} s inside, {spent['own']:5.2f} s own"
    )
    return ran


def wheel(folder: str) -> Path:
    """The wheel to measure: MAILWIZARD_WHEEL, else one built from the checkout."""
    if given := os.environ.get("MAILWIZARD_WHEEL"):
        return Path(given)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)], check=True)
    return next(Path(folder).glob("mailwizard-*.whl"))


def main() -> None:
    """The whole set-up in a new lab."""
    lab = Lab(os.environ.get("MAILWIZARD_LAB_PREFIX", ""))
    if (can := lab.can()).code:
        print(f"not measured: this machine cannot carry the lab: {can.stdout.strip()}")
        return
    lab.up().must()
    try:
        with tempfile.TemporaryDirectory() as folder:
            lab.ready("trixie", wheel(folder))
        by_hand = bare(lab)
        lab.forget_dns()
        lab.fresh("trixie+mailwizard")
        lab.configure()
        lab.put("/root/watch.py", WATCH)
        lab.put("/root/passwords", PASSWORDS, "0600")
        share(lab, "first apply", "apply", "--passwords", "/root/passwords").must(3)
        compare(lab, by_hand)
        publish_everything(lab, lab.mailwizard)
        share(lab, "apply after publishing", "apply", "--wait", "180").must(0)
        share(lab, "apply with nothing to do", "apply").must(0)
        share(lab, "health", "health", "--json").must(0, 1, 3)
    finally:
        lab.down()


if __name__ == "__main__":
    main()
