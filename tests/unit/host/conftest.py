"""A real SSH server on this machine, and a user who may log in there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mailwizard.host.ssh import SshHost, connect
from mailwizard.log import CommandLog
from tests.unit.host.sshd import SSHD, Sshd, prepared


@pytest.fixture
def stopped_sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """The server, not started, its host key not accepted; HOME is the user's."""
    if SSHD is None:
        pytest.skip("there is no sshd on this machine: apt-get install openssh-server")
    server = prepared(tmp_path)
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield server
    server.stop()


@pytest.fixture
def sshd(stopped_sshd: Sshd) -> Sshd:
    """The server, started, its host key accepted."""
    stopped_sshd.accept()
    stopped_sshd.start()
    return stopped_sshd


@pytest.fixture
async def remote(sshd: Sshd) -> AsyncIterator[SshHost]:
    """A machine over SSH: this one."""
    host = await connect(sshd.where, CommandLog())
    yield host
    await host.close()
