"""A program that carries the connection (ProxyCommand and ProxyJump in ssh_config(5)), as a socket."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections import deque

from mailwizard.text import one_line

_LAST_WORDS = 3  # lines
_GOING = 2.0  # seconds for what it has to say after its end


class Proxy:
    """The program, started; what is written to `socket` goes to it, and it ends when `socket` is closed."""

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        self._said: deque[str] = deque(maxlen=_LAST_WORDS)
        # ssh_config(5) wants a shell and `exec`. A key of the terminal is for us: Ctrl+C lets a change be finished,
        # for which the connection is needed
        argv = ["/bin/sh", "-c", f"trap '' INT QUIT HUP; exec {command}"]
        with theirs:
            self._process = subprocess.Popen(
                argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.PIPE
            )
        self._listening = threading.Thread(target=self._listen, name="ssh-proxy", daemon=True)
        self._listening.start()

    def last_words(self) -> str:
        """What the program complained about in the end, in one line; empty when it said nothing. Ends it."""
        self.socket.close()
        self._listening.join(_GOING)
        return one_line(" ".join(self._said))

    def _listen(self) -> None:
        """Reads its complaints, for a pipe that nobody reads stops it, and takes its exit code."""
        with self._process as process:
            for line in process.stderr or ():
                if text := line.decode("utf-8", "backslashreplace").strip():
                    self._said.append(text)
