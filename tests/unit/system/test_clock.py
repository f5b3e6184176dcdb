"""Is the clock kept right, and what is to be done when it is not?"""

from __future__ import annotations

import pytest

from mailwizard.errors import CommandFailed
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.system.clock import Keeper, clock, keeper

CLOCK = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
NTP = ("timedatectl", "show", "--property=CanNTP", "--property=NTP")
OTHERS = ("systemctl", "is-active", "chrony.service", "ntpsec.service", "ntp.service", "openntpd.service")
CONTAINER = ("systemd-detect-virt", "--container", "--quiet")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("yes\n", Status.OK),
        ("no\n", Status.WARNING),
        (Ran(CLOCK, 1, "", "Failed to connect to bus\n"), Status.UNKNOWN),
        (CommandFailed("timedatectl took too long"), Status.UNKNOWN),
    ],
)
async def test_clock(reply: str | Ran | CommandFailed, status: Status) -> None:
    assert (await clock(ImaginaryHost(commands={CLOCK: reply}))).status is status


async def test_a_clock_that_is_wrong_comes_with_what_fits_this_machine() -> None:
    host = ImaginaryHost(commands={CLOCK: "no\n", NTP: "CanNTP=no\nNTP=no\n", OTHERS: Ran(OTHERS, 3, "inactive\n", "")})
    assert (await clock(host)).fix == "Install something that keeps it right: apt install systemd-timesyncd"
    host.commands[NTP] = "CanNTP=yes\nNTP=no\n"
    assert (await clock(host)).fix == "Switch on what keeps it right: timedatectl set-ntp true"
    host.commands[NTP] = "CanNTP=yes\nNTP=yes\n"
    assert (await clock(host)).fix.startswith("Look again in some minutes.")
    host.commands[CONTAINER] = ""
    assert (
        await clock(host)
    ).fix == "A container has the clock of its host: if it is wrong, tell your hosting company."


async def test_a_keeper_that_timedatectl_does_not_know_is_left_in_place() -> None:
    running = Ran(OTHERS, 0, "inactive\nactive\ninactive\ninactive\n", "")
    host = ImaginaryHost(commands={CLOCK: "no\n", NTP: "CanNTP=no\nNTP=no\n", OTHERS: running})
    assert await keeper(host) == Keeper(on=True)
    assert "systemd-timesyncd" not in (await clock(host)).fix
