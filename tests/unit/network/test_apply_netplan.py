"""The network is changed with a rope: whatever goes wrong, it stands as before."""

from __future__ import annotations

import pytest

from mailwizard.changes import from_json
from mailwizard.errors import HostError, Unreachable
from mailwizard.host.imaginary import ImaginaryFile
from mailwizard.network import apply_netplan
from mailwizard.network.apply_netplan import ApplyNetplan
from mailwizard.network.netplan import OWN_FILE
from tests.unit.network.vps import ECHOES, V6, Vps

CONTENT = f'network:\n  ethernets:\n    eth0:\n      addresses:\n        - "{V6}/64"\n'
CHANGE = ApplyNetplan(CONTENT, "eth0", V6, ECHOES)


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_netplan, "_PAUSE", 0)
    monkeypatch.setattr(apply_netplan, "_PATIENCE", 0)


async def perform(vps: Vps, change: ApplyNetplan = CHANGE) -> list[str]:
    lines: list[str] = []
    await change.perform(vps.host, lines.append)
    return lines


async def test_the_timer_is_armed_before_and_disarmed_after() -> None:
    vps = Vps()
    lines = await perform(vps)
    steps = [argv[:2] for argv in vps.host.ran]
    assert steps.index(("netplan", "generate")) < steps.index(
        ("systemd-run", "--unit=mailwizard-network-restore.service")
    )
    assert steps.index(("systemd-run", "--unit=mailwizard-network-restore.service")) < steps.index(("netplan", "apply"))
    assert not vps.armed and vps.up == {V6}
    assert vps.host.files[OWN_FILE].mode == 0o600 and vps.host.text(OWN_FILE) == CONTENT
    assert lines[-1] == "this server still answers"


async def test_the_timer_takes_a_new_file_away_again() -> None:
    vps = Vps()
    await perform(vps)
    armed = next(argv for argv in vps.host.ran if argv[0] == "systemd-run")
    assert armed[-1] == f"rm -f {OWN_FILE}; netplan apply" and "--on-active=120" in armed


async def test_the_timer_brings_a_former_file_back() -> None:
    vps = Vps()
    vps.host.disk.place(OWN_FILE, ImaginaryFile(b"network: {}\n", mode=0o600))
    await perform(vps)
    armed = next(argv for argv in vps.host.ran if argv[0] == "systemd-run")
    assert armed[-1] == f"cp -p /var/lib/mailwizard/netplan-before.yaml {OWN_FILE}; netplan apply"
    assert vps.host.text("/var/lib/mailwizard/netplan-before.yaml") == "network: {}\n"
    assert vps.host.files["/var/lib/mailwizard/netplan-before.yaml"].mode == 0o600


async def test_a_file_that_netplan_refuses_is_put_back_and_never_applied() -> None:
    vps = Vps(refuses=True)
    with pytest.raises(HostError, match=r"netplan does not take the file, which was put back: .*Error in network"):
        await perform(vps)
    assert OWN_FILE not in vps.host.files and ("netplan", "apply") not in vps.host.ran and not vps.armed


@pytest.mark.parametrize(
    ("vps", "why"),
    [
        (Vps(breaks_ipv4=True), r"afterwards IPv4 was lost \(gateway\)"),
        (Vps(is_duplicate=True), f"{V6} is used by another machine already"),
        (Vps(never_up=True), f"{V6} did not come up on eth0"),
    ],
    ids=["IPv4 lost", "address taken", "never up"],
)
async def test_what_does_no_good_is_put_back_at_once(vps: Vps, why: str) -> None:
    with pytest.raises(HostError, match=f"^The network was put back as it was: {why}"):
        await perform(vps)
    assert OWN_FILE not in vps.host.files and not vps.up and not vps.armed


async def test_a_lost_machine_is_left_to_its_timer() -> None:
    vps = Vps()
    vps.host.commands["netplan", "apply"] = Unreachable("the connection broke")
    with pytest.raises(Unreachable):
        await perform(vps)
    assert vps.armed == f"rm -f {OWN_FILE}; netplan apply"


async def test_a_change_that_was_cut_off_is_put_back_first() -> None:
    vps = Vps()
    vps.host.disk.place(OWN_FILE, ImaginaryFile(b"network: {broken: true}\n"))
    vps.armed = f"rm -f {OWN_FILE}; netplan apply"
    lines = await perform(vps)
    assert lines[0] == "an earlier change of the network was cut off: it is put back first"
    armed = next(argv for argv in vps.host.ran if argv[0] == "systemd-run")
    assert armed[-1] == f"rm -f {OWN_FILE}; netplan apply", "what is put back is what stood before both"
    assert not vps.armed and vps.up == {V6}


async def test_the_inverse_takes_the_file_away() -> None:
    vps = Vps()
    back = await CHANGE.inverse(vps.host)
    await perform(vps)
    assert isinstance(back, ApplyNetplan) and from_json(back.as_json()) == back
    await perform(vps, back)
    assert OWN_FILE not in vps.host.files and not vps.up


async def test_it_says_what_it_does() -> None:
    diff = await CHANGE.diff(Vps().host)
    assert f'+        - "{V6}/64"' in diff and diff.endswith("netplan generate\nnetplan apply\n")
    assert from_json(CHANGE.as_json()) == CHANGE
