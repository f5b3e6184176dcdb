"""A cable between a client and a server, which can be pulled: both sides then just hear nothing any more."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_BUFFER = 4096  # bytes; a real network holds little as well


class Cable:
    """Listens on `port` of 127.0.0.1 and carries connections on to the port `to`."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._whole = threading.Event()
        self._whole.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def pull(self) -> None:
        """From now on nothing comes through, and nothing is said about that; a new connection works."""
        self._whole.clear()

    def close(self) -> None:
        """No more connections."""
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._whole = whole = threading.Event()
                whole.set()
                server = socket.create_connection(("127.0.0.1", self._to))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_carry, args=(*ends, whole), daemon=True).start()


def _carry(source: socket.socket, to: socket.socket, whole: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(_BUFFER):
            whole.wait()
            to.sendall(data)
    for end in (source, to):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
