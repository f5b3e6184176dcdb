"""Why a question has no answer."""

from __future__ import annotations

import os
import socket


class NoReply(Exception):
    """No usable reply came; `str()` is the reason: "timed out", "connection refused", "too many open files"."""


def reason(error: OSError) -> str:
    """What the operating system said, in lower case; "timed out" for a time-out without a number."""
    if isinstance(error, socket.gaierror):
        return "not an IP address"
    if error.errno is None:
        return str(error).lower() or "timed out"
    return os.strerror(error.errno).lower()
