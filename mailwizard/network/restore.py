"""The safety rope of a network change: a timer of systemd that puts netplan's file back, whatever becomes of us."""

from __future__ import annotations

import shlex

from mailwizard.answers import STATE_FOLDER
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, Report
from mailwizard.network.netplan import OWN_FILE

AFTER = 120  # seconds
RESTORE_TIMER, RESTORE_SERVICE = "mailwizard-network-restore.timer", "mailwizard-network-restore.service"
_KEPT = f"{STATE_FOLDER}/netplan-before.yaml"


async def standing(host: Host) -> bytes | None:
    """Our netplan file as it is; None when there is none. Raises FileUnreadable."""
    try:
        return await host.read(OWN_FILE)
    except FileMissing:
        return None


async def place(host: Host, content: bytes | None) -> None:
    """Our netplan file with this content, 0600; None removes it. Raises HostError."""
    if content is None:
        await host.remove(OWN_FILE)
    else:
        await host.write(OWN_FILE, content, mode=0o600)


async def arm(host: Host, before: bytes | None) -> None:
    """Starts the timer that puts `before` back and applies it. Raises CommandFailed."""
    back = f"rm -f {shlex.quote(OWN_FILE)}"
    if before is not None:
        if await host.stat(STATE_FOLDER) is None:
            await host.make_dir(STATE_FOLDER, mode=0o700)
        await host.write(_KEPT, before, mode=0o600)
        back = f"cp -p {shlex.quote(_KEPT)} {shlex.quote(OWN_FILE)}"
    await disarm(host)
    options = (f"--on-active={AFTER}", "--timer-property=AccuracySec=1s", "--property=Type=oneshot", "--collect")
    shell = ("/bin/sh", "-c", f"{back}; netplan apply")
    (await host.run(("systemd-run", f"--unit={RESTORE_SERVICE}", *options, *shell), timeout=30)).must()


async def disarm(host: Host) -> None:
    """Stops the timer; that there is none is no matter."""
    await host.run(("systemctl", "stop", RESTORE_TIMER), timeout=30)
    await host.run(("systemctl", "reset-failed", RESTORE_TIMER, RESTORE_SERVICE), timeout=30)


async def finish(host: Host, report: Report) -> None:
    """When a former apply was cut off and its timer still runs: puts back now what stood before that one."""
    armed = await host.run(("systemctl", "is-active", RESTORE_TIMER), timeout=10)
    if armed.out.strip() != "active":
        return
    report("an earlier change of the network was cut off: it is put back first")
    (await host.run(("systemctl", "start", RESTORE_SERVICE), timeout=90)).must()
    await disarm(host)
