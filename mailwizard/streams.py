"""Standard input, output and error, which may be closed, full, or a pipe that nobody reads any more."""

from __future__ import annotations

import errno
import io
import os
import sys

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)
_NAMES = ("stdin", "stdout", "stderr")


def complete() -> None:
    """Opens /dev/null for each of the three that is closed: else the next file opened would take its number, and what
    a program prints would go there."""
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            _open_null(number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - for good
    # what a terminal without UTF-8 has no character for is shown as \uNNNN, as on standard error
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def tell(line: str) -> None:
    """Prints a line on standard error, at once. Where nobody listens any more work goes on without it."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        _open_null(2)


def result_is_lost(error: OSError) -> bool:
    """True when `error` is that of a standard output that cannot be written; what is printed from now on is dropped.
    It is told, but for a pipe: whoever reads one knows that it had enough."""
    lost = isinstance(error, BrokenPipeError) or (error.filename is None and error.errno in _UNWRITABLE)
    if lost:
        _open_null(1)  # else Python complains once more at its end
        if not isinstance(error, BrokenPipeError):
            tell(f"mailwizard: The result could not be printed: {error.strerror}. Run the command again.")
    return lost


def _open_null(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null == number:
        os.set_inheritable(number, True)
    else:
        os.dup2(null, number)
        os.close(null)
