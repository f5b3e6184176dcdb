"""Whether a connection still lives: a thread asks the machine again and again, and ends a connection that is silent.

It is no task of the event loop: what waits until the network takes its bytes would then wait for good.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import Transport

PULSE = 10.0  # seconds between two signs of life
SILENCE = 20.0  # seconds without an answer to one: the connection is lost


def feel(transport: Transport, silent: Callable[[], None]) -> None:
    """Watches a connection until it ends; one without a sign of life is ended, whose users are then told, after
    `silent` was called (in a thread)."""
    threading.Thread(target=_feel, args=(transport, silent), name="ssh-pulse", daemon=True).start()


def _feel(transport: Transport, silent: Callable[[], None]) -> None:
    while _is_up_after(transport, PULSE):
        asking = threading.Thread(target=_ask, args=(transport,), name="ssh-ask", daemon=True)
        asking.start()
        asking.join(SILENCE)
        if asking.is_alive() and transport.is_active():
            silent()
            transport.close()


def _is_up_after(transport: Transport, seconds: float) -> bool:
    transport.join(seconds)  # it is a thread itself, which ends with the connection
    return transport.is_active()


def _ask(transport: Transport) -> None:
    from paramiko import SSHException

    with suppress(SSHException, EOFError, OSError):  # it ended meanwhile
        transport.global_request("keepalive@openssh.com", None, True)
