"""A program that ends while its input is still on the way: nothing may be said on its channel after that."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from paramiko import Message, Transport
from paramiko.common import (
    cMSG_CHANNEL_CLOSE,
    cMSG_CHANNEL_DATA,
    cMSG_CHANNEL_EOF,
    cMSG_CHANNEL_WINDOW_ADJUST,
)

from mailwizard.errors import Unreachable
from mailwizard.host.ssh import SshHost
from mailwizard.host.ssh_threads import blocking
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


async def test_what_comes_after_the_end_is_not_said() -> None:
    said: list[bytes] = []

    class Said:
        def _send_user_message(self, message: Message) -> None:
            said.append(message.asbytes())

    turn = Turn(cast("Transport", Said()))
    for first in (cMSG_CHANNEL_DATA, cMSG_CHANNEL_CLOSE, cMSG_CHANNEL_DATA, cMSG_CHANNEL_EOF):
        await blocking(partial(turn._send_user_message, Message(first)))
    assert said == [cMSG_CHANNEL_DATA, cMSG_CHANNEL_CLOSE]


async def test_room_for_more_output_is_said_without_the_event_loop_waiting(
    remote: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, free, held = Transport._send_user_message, threading.Event(), list[bool]()  # type: ignore[attr-defined]
    loop = asyncio.get_running_loop()

    def send_late(transport: Transport, message: Message) -> None:
        if message.asbytes().startswith(cMSG_CHANNEL_WINDOW_ADJUST):
            loop.call_soon_threadsafe(free.set)  # the network takes it again when the event loop has gone on
            held.append(not free.wait(60))
        send(transport, message)

    monkeypatch.setattr(Transport, "_send_user_message", send_late)
    assert len((await remote.run(["seq", "-f", "%01000g", "5000"])).out.split()) == 5000  # more than fits
    assert held and not any(held)


async def test_an_end_that_comes_while_keys_are_exchanged_does_not_hold_the_exchange_up(
    remote: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, held = Transport._send_user_message, list[bool]()  # type: ignore[attr-defined]

    def send_late(transport: Transport, message: Message) -> None:
        if message.asbytes().startswith(cMSG_CHANNEL_CLOSE):
            held.append(threading.current_thread() is transport)  # it is what exchanges the keys
        send(transport, message)

    monkeypatch.setattr(Transport, "_send_user_message", send_late)
    assert (await remote.run(["echo", "here"])).out == "here\n"
    assert (await remote.run(["echo", "there"])).out == "there\n"
    assert held and not any(held)


async def test_keys_that_are_never_exchanged_are_a_lost_connection(remote: SshHost) -> None:
    channel = await remote.connection.session("cat")
    transport = remote.connection._transport
    assert transport is not None
    transport.clear_to_send.clear()  # as while keys are exchanged
    transport.clear_to_send_timeout = 0.3
    with pytest.raises(Unreachable, match="the connection was lost"):
        await channel.write(b"x")
    await channel.end_input()
    await channel.round_trip()
    transport.clear_to_send.set()
    channel.shut()
