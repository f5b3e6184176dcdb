"""Arguments in, exit code out. The only file that names the user interface."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from mailwizard import __version__, streams

TYPE_CHECKING = False  # typing itself is not loaded: the sooner `main` begins, the less is there to be interrupted
if TYPE_CHECKING:
    import argparse

_CANNOT_TELL = 3
_INTERRUPTED = 130  # as a shell says it of SIGINT
_NO_TERMINAL = (
    "mailwizard: the wizard needs a terminal: connect with `ssh -t`, or set up without one: `mailwizard apply --help`."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; the exit code is that of the contract (2 for a usage error)."""
    try:
        streams.complete()
        return _carry_out(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # nothing was begun, or `run` had told all
        return _INTERRUPTED


def _carry_out(words: Sequence[str]) -> int:
    if words == ["--version"]:
        return _version()
    from mailwizard.arguments import understood
    from mailwizard.errors import UsageError
    from mailwizard.text import one_line

    try:
        args = understood(words)
    except SystemExit:  # help or the version was printed
        return _flushed()
    except UsageError as error:
        streams.tell(one_line(str(error)))
        return error.exit_code
    if args.command is None and not _is_terminal():
        streams.tell(_NO_TERMINAL)
        return 2
    from mailwizard.running import run

    return run(lambda: _command(args), fault=_CANNOT_TELL if args.command in ("health", "inspect") else 1)


def _version() -> int:
    """As argparse does it, without loading it: this is to be quick."""
    try:
        print(f"mailwizard {__version__}")
    except OSError as error:
        streams.result_is_lost(error)
        return 1
    return _flushed()


def _flushed() -> int:
    """0 when what was printed is out, 1 when it is lost."""
    try:
        sys.stdout.flush()
    except OSError as error:
        streams.result_is_lost(error)
        return 1
    return 0


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _command(args: argparse.Namespace) -> int:
    if args.command in (None, "demo") or (args.command == "health" and _shows_health(args)):
        return _screens(args)
    from importlib import import_module

    module = import_module(f"mailwizard.commands.{args.command.replace('-', '_')}")
    code: int = module.run(args)
    return code


def _shows_health(args: argparse.Namespace) -> bool:
    return _is_terminal() and not (args.json or args.plain or args.domain)


def _screens(args: argparse.Namespace) -> int:
    """The screens lie inside the package when it is installed, and beside it in a checkout."""
    from importlib import import_module
    from importlib.util import find_spec

    if args.command == "demo" and not _is_terminal():
        streams.tell(_NO_TERMINAL)
        return 2
    where = "mailwizard.screens.start" if find_spec("mailwizard.screens") else "screens.start"
    code: int = import_module(where).run(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
