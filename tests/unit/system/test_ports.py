"""Who holds 25, 465 and 587, and what is done about it."""

from __future__ import annotations

import pytest

from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.system.holders import Holder, holders
from mailwizard.system.ports import finding, plan
from mailwizard.system.replacing import ReplaceMailServer

SS = ("ss", "-Hltnp")
SSH = 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=82,fd=6))\nLISTEN 0 128 127.0.0.1:2525 0.0.0.0:*\n'
EXIM = """LISTEN 0 20 127.0.0.1:25 0.0.0.0:* users:(("exim4",pid=900,fd=4))
LISTEN 0 20 [::1]:25 [::]:* users:(("exim4",pid=900,fd=5))
"""
POSTFIX = 'LISTEN 0 100 *:25 *:* users:(("smtpd",pid=871,fd=6),("master",pid=869,fd=13))\n'
SOCKETS = """[::]:25                     chasquid-smtp.socket             chasquid.service
[::]:465                    chasquid-submission_tls.socket   chasquid.service
/run/dbus/system_bus_socket dbus.socket                      dbus.service
"""
CHASQUID = """LISTEN 0 4096 *:25 *:* users:(("chasquid",pid=7,fd=3),("systemd",pid=1,fd=44))
LISTEN 0 4096 *:465 *:* users:(("systemd",pid=1,fd=45))
"""


def host(listing: str, *, root: bool = True) -> ImaginaryHost:
    return ImaginaryHost(
        files={
            "/proc/900/cgroup": "0::/system.slice/exim4.service\n",
            "/proc/871/cgroup": "1:name=systemd:/system.slice/system-postfix.slice/postfix@-.service\n0::/x\n",
            "/proc/5/cgroup": "0::/user.slice/user-0.slice/session-1.scope\n",
        },
        commands={SS: listing, ("systemctl", "list-sockets", "--no-legend", "--no-pager"): SOCKETS},
        root=root,
    )


@pytest.mark.parametrize(
    ("listing", "status", "shown", "names"),
    [
        (SSH, Status.OK, ("free",), []),
        (
            CHASQUID,
            Status.OK,
            ("port 25: chasquid (chasquid-smtp.socket)", "port 465: systemd (chasquid-submission_tls.socket)"),
            [],
        ),
        (SSH + EXIM, Status.FAILED, ("port 25: exim4 (exim4.service)",), ["exim4"]),
        (POSTFIX, Status.FAILED, ("port 25: postfix (postfix@-.service)",), ["postfix"]),
    ],
    ids=["free", "chasquid", "exim4", "postfix"],
)
async def test_holders_are_named(listing: str, status: Status, shown: tuple[str, ...], names: list[str]) -> None:
    held = await holders(host(listing))
    found = finding(held, replace_mta=False)
    assert (found.status, found.found) == (status, shown)
    assert [change.title for change in plan(held, replace_mta=True)] == [f"Stop {name}" for name in names]
    assert plan(held, replace_mta=False) == [], "nothing is stopped without a word in the answers"


async def test_without_the_answer_the_user_is_told_what_to_write() -> None:
    held = await holders(host(EXIM))
    assert finding(held, replace_mta=False).fix == (
        "Set replace_mta = true in setup.toml to have exim4 stopped, or remove it yourself."
    )
    assert finding(held, replace_mta=True).fix == ""
    assert plan(held, replace_mta=True) == [ReplaceMailServer("exim4.service", "exim4")]


async def test_a_program_outside_systemd_is_left_to_the_user() -> None:
    held = await holders(host('LISTEN 0 20 0.0.0.0:587 0.0.0.0:* users:(("python3",pid=5,fd=4))\n'))
    assert finding(held, replace_mta=True).fix == "Stop python3 yourself: no service of systemd runs it."
    assert plan(held, replace_mta=True) == []


async def test_an_ordinary_user_cannot_tell() -> None:
    held = await holders(host("LISTEN 0 20 0.0.0.0:587 0.0.0.0:*\n", root=False))
    assert held == [Holder(587)] and finding(held, replace_mta=False).status is Status.UNKNOWN


async def test_an_ordinary_user_sees_chasquids_sockets() -> None:
    held = await holders(host("LISTEN 0 4096 *:25 *:*\n", root=False))
    assert finding(held, replace_mta=False).status is Status.OK


async def test_without_ss_it_is_unknown() -> None:
    held = await holders(ImaginaryHost())
    assert (
        held is None
        and finding(held, replace_mta=False).status is Status.UNKNOWN
        and plan(held, replace_mta=True) == []
    )
