"""The step Server: every finding of the contract, and changes only where they are wanted and can be made."""

from __future__ import annotations

from dataclasses import replace

from mailwizard.answers import Answers, Probes, Server
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.services.server import Server as ServerStep
from mailwizard.system import basis

IDS = [
    *("os.release", "os.root", "os.systemd", "os.memory", "os.disk", "os.clock", "os.hostname"),
    *("os.ports_free", "os.firewall", "os.smtp_out_ipv4"),
]
ANSWERS = Answers(
    server=Server(hostname="smtp.example.com", replace_mta=True), probes=Probes(outbound_smtp=("mx.a.example",))
)
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'
EXIM = 'LISTEN 0 20 127.0.0.1:25 0.0.0.0:* users:(("exim4",pid=900,fd=4))\n'


class NoDns:
    """A DNS that does not answer."""

    async def resolve(self, name: str, type: str) -> Answer:
        return Answer(name, type, Outcome.UNKNOWN, why="timed out")


def machine(os: str = DEBIAN, *, root: bool = True) -> ImaginaryHost:
    return ImaginaryHost(
        files={
            "/etc/os-release": os,
            "/run/systemd/system/x": "",
            "/etc/hostname": "vmi1\n",
            "/etc/hosts": "127.0.0.1 localhost\n",
            "/proc/900/cgroup": "0::/system.slice/exim4.service\n",
        },
        commands={("ss", "-Hltnp"): EXIM, ("systemctl", "is-system-running"): "degraded\n"},
        root=root,
    )


async def look(host: ImaginaryHost, answers: Answers = ANSWERS) -> dict[str, Finding]:
    return {finding.id: finding for finding in await ServerStep(NoDns()).look(host, answers)}


async def test_all_findings_are_there_in_order() -> None:
    found = await look(machine())
    assert list(found) == IDS
    assert found["os.systemd"].status is Status.OK and found["os.smtp_out_ipv4"].status is Status.UNKNOWN


async def test_name_and_other_mail_server_are_changed() -> None:
    titles = [change.title for change in await ServerStep(NoDns()).plan(machine(), ANSWERS)]
    assert titles == ["Call this server smtp.example.com", "/etc/hosts", "Stop exim4"]


async def test_a_system_that_is_not_known_is_left_alone() -> None:
    host = machine("ID=tinycore\nNAME=TinyCore\n")
    assert await ServerStep(NoDns()).plan(host, ANSWERS) == []
    assert (await look(host))["os.release"].waits


async def test_a_machine_without_systemd_is_refused() -> None:
    host = machine()
    host.disk.remove("/run/systemd/system/x")
    del host.disk.entries["/run/systemd/system"]
    assert (await look(host))["os.systemd"].waits and await ServerStep(NoDns()).plan(host, ANSWERS) == []


async def test_an_ordinary_user_is_told_to_become_root() -> None:
    found = await look(machine(root=False))
    assert list(found) == IDS
    assert found["os.root"].fix == "Become root on an imaginary server: start it with sudo."


async def test_systemd_that_does_not_answer_is_unknown() -> None:
    host = machine()
    del host.commands["systemctl", "is-system-running"]
    assert (await basis.systemd(host)).status is Status.UNKNOWN


async def test_a_small_disk_is_too_small_where_chasquid_is_built() -> None:
    df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 9 1 1200000 1% /\n"
    for chasquid, status in (("auto", Status.OK), ("source", Status.FAILED)):
        host = machine("ID=ubuntu\nVERSION_ID=26.04\n")
        host.commands["df", ...] = df
        answers = replace(ANSWERS, server=replace(ANSWERS.server, chasquid=chasquid))
        assert (await look(host, answers))["os.disk"].status is status
