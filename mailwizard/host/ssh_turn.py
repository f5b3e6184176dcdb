"""What a channel says, in order: after its end nothing more is said.

paramiko makes a message under its channel's lock and sends it when it has let go of that: the answer to the other
side's end may be sent in between. OpenSSH then ends the whole connection ("packet referred to nonexistent channel"),
for after its end a channel is nobody's (RFC 4254 section 5.3).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from mailwizard.host.ssh_threads import aside, may_wait

if TYPE_CHECKING:
    from paramiko import Channel, Message, Transport


class Turn:
    """Stands for the transport of one channel."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._turn = threading.Lock()
        self._over = False

    def __getattr__(self, name: str) -> object:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)

    def _send_user_message(self, message: Message) -> None:
        """Waits while keys are exchanged, and until the network takes it; whoever must not wait lets it be said aside.

        The event loop says that there is room again for output, and paramiko's own thread answers an end: if that
        waited, keys would never be exchanged.
        """
        if may_wait():
            self._say(message)
        else:
            aside(lambda: self._say(message))

    def _say(self, message: Message) -> None:
        from paramiko.common import cMSG_CHANNEL_CLOSE

        with self._turn:
            if not self._over:
                self._over = message.asbytes().startswith(cMSG_CHANNEL_CLOSE)
                # paramiko's channels call it; its types leave it out
                self._transport._send_user_message(message)  # type: ignore[attr-defined]


def take_turns(channel: Channel) -> None:
    """From now on nothing that the channel says follows its end."""
    transport = channel.get_transport()
    channel.transport = cast("Transport", Turn(transport))
