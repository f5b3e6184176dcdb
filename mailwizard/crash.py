"""A fault of our own: a report without local variables, in a file that only its owner may read."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import datetime, timezone
from pathlib import Path

from mailwizard import __version__
from mailwizard.text import printable


def report(error: BaseException) -> str:
    """Writes the report (0600) and returns the sentence that says where it is."""
    text = f"mailwizard {__version__}, Python {platform.python_version()}\n{_trace(error)}"
    try:
        where = _write(text)
    except OSError as fault:
        return f"Something went wrong inside mailwizard ({type(error).__name__}); no report could be written ({fault})."
    return f"Something went wrong inside mailwizard ({type(error).__name__}). Nothing is lost; the report is {where}."


def _trace(error: BaseException) -> str:
    """Files, lines and the kinds of errors; their messages may hold a secret, so they stay out."""
    lines = []
    for fault in _chain(error):
        lines += traceback.format_tb(fault.__traceback__)
        lines.append(f"{type(fault).__module__}.{type(fault).__qualname__}\n")
    return printable("".join(lines))


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    fault: BaseException | None = error
    while fault is not None and fault not in chain:
        chain.insert(0, fault)
        fault = fault.__cause__ or fault.__context__
    return chain


def _write(text: str) -> Path:
    folder = Path("/var/log") if os.access("/var/log", os.W_OK) else Path(tempfile.gettempdir())
    now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    fd, name = tempfile.mkstemp(".txt", f"mailwizard-crash-{now}-", folder)  # mkstemp makes it 0600
    with os.fdopen(fd, "w") as file:
        file.write(text)
    return Path(name)
