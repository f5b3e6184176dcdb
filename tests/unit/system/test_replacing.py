"""Another mail server stopped: in order, for good, and with what its unit leaves behind."""

from __future__ import annotations

import pytest

from mailwizard.changes import from_json
from mailwizard.changes.units import SetUnit
from mailwizard.errors import HostError
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.system import replacing
from mailwizard.system.replacing import ReplaceMailServer

LISTING = 'LISTEN 0 20 127.0.0.1:25 0.0.0.0:* users:(("exim4",pid=900,fd=4))\n'


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "_PAUSE", 0)
    monkeypatch.setattr(replacing, "_PATIENCE", 0)


class Machine:
    """One with exim4 on port 25, which ends when it is asked by one of `ends_by`."""

    def __init__(self, *ends_by: str, unit: str = "exim4.service") -> None:
        self.listening, self.ends_by = True, ends_by
        self.host = ImaginaryHost(
            files={"/proc/900/cgroup": f"0::/system.slice/{unit}\n"},
            commands={
                ("ss", "-Hltnp"): lambda argv, stdin, env: LISTING if self.listening else "",
                ("systemctl", ...): lambda argv, stdin, env: self._run(argv, argv[1]),
                ("kill", ...): lambda argv, stdin, env: self._run(argv, argv[0]),
            },
        )

    def _run(self, argv: tuple[str, ...], verb: str) -> Ran:
        self.listening = self.listening and verb not in self.ends_by
        words = {"is-enabled": "enabled\n", "is-active": "active\n"}
        return Ran(argv, 0, words.get(verb, ""), "")

    @property
    def done(self) -> list[str]:
        return [" ".join(argv) for argv in self.host.ran if argv[0] == "kill" or argv[1] in ("stop", "disable")]


async def test_it_is_disabled_and_stopped() -> None:
    machine = Machine("stop")
    await ReplaceMailServer("exim4.service", "exim4").perform(machine.host, lambda line: None)
    assert machine.done == ["systemctl disable exim4.service", "systemctl stop exim4.service"]


async def test_an_instance_of_postfix_is_stopped_with_what_starts_it() -> None:
    machine = Machine("stop", unit="postfix@-.service")
    change = ReplaceMailServer("postfix@-.service", "postfix")
    await change.perform(machine.host, lambda line: None)
    assert "\n".join(machine.done) == "\n".join(
        f"systemctl {w}" for w in ("disable postfix.service", "stop postfix.service", "stop postfix@-.service")
    )
    assert await change.inverse(machine.host) == SetUnit("postfix.service", True, True)


async def test_a_process_left_behind_is_ended() -> None:
    machine, lines = Machine("kill"), list[str]()
    await ReplaceMailServer("exim4.service", "exim4").perform(machine.host, lines.append)
    assert machine.done[-1] == "kill 900" and lines == ["exim4 left a process behind (900), which is ended"]


async def test_what_cannot_be_ended_is_told() -> None:
    with pytest.raises(HostError, match=r"^exim4 goes on listening though exim4.service is stopped. End it yourself.$"):
        await ReplaceMailServer("exim4.service", "exim4").perform(Machine().host, lambda line: None)


def test_the_journal_keeps_it() -> None:
    change = ReplaceMailServer("exim4.service", "exim4")
    assert from_json(change.as_json()) == change
