"""A fresh imagined server for each test."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from mailwizard.answers import ANSWERS_PATH, CREDENTIALS_PATH
from mailwizard.demo.dns import DemoDns
from mailwizard.demo.machine import DemoHost
from mailwizard.demo.world import SETUP, World
from mailwizard.host.imaginary_files import ImaginaryFile
from tests.unit.commands.imagined_server import PASSWORD, SENDER, Server, reaching


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Server:
    """A fresh one, with its answers and credentials in place."""
    clock = [datetime.now(timezone.utc).replace(microsecond=0)]
    world = World(pace=0, now=lambda: clock[0])
    host = DemoHost(world)
    host.files[ANSWERS_PATH] = ImaginaryFile(SETUP.encode(), 0o644)
    host.files[CREDENTIALS_PATH] = ImaginaryFile(b"CF_Token=demo-token-of-nobody\n", 0o600)
    monkeypatch.setattr("mailwizard.sitting.reached", reaching(host))
    monkeypatch.setattr("mailwizard.dns.dns.Dns", lambda resolvers: DemoDns(world))
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{SENDER}:{PASSWORD}\n")
    passwords.chmod(0o600)
    return Server(world, host, clock, capsys, passwords)
