"""A program that ends while its input is still on the way: nothing may be said on its channel after that."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import cast

import pytest
from paramiko import Message, Transport
from paramiko.common import cMSG_CHANNEL_CLOSE, cMSG_CHANNEL_DATA, cMSG_CHANNEL_EOF

from mailwizard.host.ssh import SshHost
from mailwizard.host.ssh_turn import Turn
from tests.unit.host.sshd import Sshd


async def test_an_end_of_input_that_comes_late_does_not_end_the_connection(
    remote: SshHost, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Transport._send_user_message  # type: ignore[attr-defined]

    def send_late(transport: Transport, message: Message) -> None:
        if message.asbytes().startswith(cMSG_CHANNEL_EOF):
            time.sleep(0.5)  # the program has long ended, and its end been answered
        send(transport, message)

    monkeypatch.setattr(Transport, "_send_user_message", send_late)
    assert (await remote.run(["echo", "first"])).out == "first\n"
    await asyncio.sleep(1)
    assert (await remote.run(["echo", "second"])).out == "second\n"
    assert not any("connecting again" in line for line in remote.log.tail)
    assert "nonexistent" not in (Path(sshd.folder) / "log").read_text()


def test_what_comes_after_the_end_is_not_said() -> None:
    said: list[bytes] = []

    class Said:
        def _send_user_message(self, message: Message) -> None:
            said.append(message.asbytes())

    turn = Turn(cast("Transport", Said()))
    for first in (cMSG_CHANNEL_DATA, cMSG_CHANNEL_CLOSE, cMSG_CHANNEL_DATA, cMSG_CHANNEL_EOF):
        turn._send_user_message(Message(first))
    assert said == [cMSG_CHANNEL_DATA, cMSG_CHANNEL_CLOSE]
