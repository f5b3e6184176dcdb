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
        "Answer yes to “Replace another mail server” (replace_mta = true in setup.toml) to have exim4 stopped, "
        "or remove it yourself."
    )
    assert finding(held, replace_mta=True).fix == ""
    assert plan(held, replace_mta=True) == [ReplaceMailServer("exim4.service", "exim4")]


async def test_a_program_outside_systemd_is_left_to_the_user() -> None:
    held = await holders(host('LISTEN 0 20 0.0.0.0:587 0.0.0.0:* users:(("python3",pid=5,fd=4))\n'))
    assert finding(held, replace_mta=True).fix == "Stop python3 yourself: no service of systemd runs it."
    assert plan(held, replace_mta=True) == []


DOCKER = 'LISTEN 0 4096 0.0.0.0:25 0.0.0.0:* users:(("docker-proxy",pid=31,fd=4))\n'
IN_DOCKER = 'LISTEN 0 100 0.0.0.0:25 0.0.0.0:* users:(("master",pid=32,fd=13))\n'
SSHD = 'LISTEN 0 128 0.0.0.0:587 0.0.0.0:* users:(("sshd",pid=33,fd=3))\n'
IN_SESSION = 'LISTEN 0 128 0.0.0.0:587 0.0.0.0:* users:(("aiosmtpd",pid=34,fd=3))\n'
GROUPS = {
    "/proc/1/cgroup": "0::/init.scope\n",
    "/proc/31/cgroup": "0::/system.slice/docker.service\n",
    "/proc/32/cgroup": "0::/system.slice/docker-5c0ffee.scope\n",
    "/proc/33/cgroup": "0::/system.slice/ssh.service\n",
    "/proc/34/cgroup": "0::/user.slice/user-0.slice/user@0.service/app.slice/mail.service\n",
    "/proc/900/cgroup": "0::/system.slice/exim4.service\n",
}


@pytest.mark.parametrize(
    ("listing", "shown", "fix"),
    [
        (
            DOCKER,
            "port 25: docker-proxy (for a container)",
            "Stop the container that has the port (docker-proxy) yourself.",
        ),
        (IN_DOCKER, "port 25: postfix (for a container)", "Stop the container that has the port (postfix) yourself."),
        (
            SSHD,
            "port 587: sshd (ssh.service)",
            "Let sshd use another port: more than mail may hang on it, so that it is not stopped for you.",
        ),
        (IN_SESSION, "port 587: aiosmtpd", "Stop aiosmtpd yourself: no service of systemd runs it."),
    ],
    ids=["docker", "a container in the machine's network", "sshd", "a user's session"],
)
async def test_what_is_no_mail_server_of_this_machine_is_never_stopped(listing: str, shown: str, fix: str) -> None:
    held = await holders(ImaginaryHost(files={**GROUPS}, commands={SS: listing}))
    found = finding(held, replace_mta=True)
    assert (found.status, found.found, found.fix) == (Status.FAILED, (shown,), fix)
    assert plan(held, replace_mta=True) == []


async def test_a_mail_server_beside_a_container_is_stopped_and_the_container_named() -> None:
    held = await holders(ImaginaryHost(files={**GROUPS}, commands={SS: EXIM + SSHD}))
    assert plan(held, replace_mta=True) == [ReplaceMailServer("exim4.service", "exim4")]
    assert finding(held, replace_mta=True).fix.startswith("Let sshd use another port")
    assert "have exim4 stopped" in finding(held, replace_mta=False).fix


async def test_a_machine_that_is_a_container_has_its_own_services() -> None:
    files = {
        "/proc/1/cgroup": "1:name=systemd:/lxc/101/init.scope\n",
        "/proc/900/cgroup": "1:name=systemd:/lxc/101/system.slice/exim4.service\n",
    }
    held = await holders(ImaginaryHost(files={**files}, commands={SS: EXIM}))
    assert plan(held, replace_mta=True) == [ReplaceMailServer("exim4.service", "exim4")]


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
