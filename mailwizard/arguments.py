"""The command line: its commands, its options, their help."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from mailwizard import __version__
from mailwizard.answers import ANSWERS_PATH
from mailwizard.errors import UsageError

STEPS = (
    "server",
    "names",
    "addresses",
    "certificate",
    "mail_server",
    "records",
    "reverse_dns",
    "senders",
    "forwarding",
    "backup",
    "test_mail",
)
_ABOUT = "Turns a fresh server into a mail server whose mail is accepted, and shows that it is so."
_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"
_EXIT = "Exit codes: 0 all is well; 1 failed; 2 wrong usage; 3 something waits or cannot be told; 4 another one runs."


class _Parser(argparse.ArgumentParser):
    """One whose complaint is an error as any other, told in one line; argparse would print its whole usage as well."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}. See `{self.prog} --help`.")


def understood(words: Sequence[str]) -> argparse.Namespace:
    """What the command line says. Raises UsageError; SystemExit when help or the version was asked for and printed."""
    args, unknown = parser().parse_known_args(words)
    if unknown:
        command = " ".join(filter(None, ("mailwizard", args.command, getattr(args, "action", ""))))
        raise UsageError(f"{command}: {' '.join(unknown)} is not known here. See `{command} --help`.")
    return args


def parser() -> _Parser:
    """The parser of the whole command line. Raises UsageError for a wrong one."""
    top = _Parser("mailwizard", description=_ABOUT, epilog=_EXIT, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"mailwizard {__version__}")
    _common(top, ANSWERS_PATH, None)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _set_up(commands)
    _looking(commands)
    _senders(commands)
    _mail(commands)
    _saving(commands)
    _add(commands, "demo", "the wizard on an imaginary server; touches nothing, needs no root")
    return top


def _common(to: argparse.ArgumentParser, answers: object, host: object) -> None:
    to.add_argument("--answers", metavar="FILE", default=answers, help=f"the answers (default: {ANSWERS_PATH})")
    to.add_argument(
        "--host", type=_machine, metavar="USER@HOST[:PORT]", default=host, help="work on that machine, over SSH"
    )


def _machine(text: str) -> str:
    """An empty name is no machine: read as none given, it would be this one that is changed."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: name the machine, or leave the option out")
    return text


def _add(to: _Commands, name: str, about: str) -> _Parser:
    command = to.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False)
    command.add_argument("--version", action="version", version=f"mailwizard {__version__}")
    # an option given before the command stands, so the command itself must have no default
    _common(command, argparse.SUPPRESS, argparse.SUPPRESS)
    return command


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _passwords(command: argparse.ArgumentParser) -> None:
    command.add_argument("--passwords", metavar="FILE|-", help="lines `address:password`")


def _steps(command: argparse.ArgumentParser) -> None:
    command.add_argument("--step", action="append", default=[], choices=STEPS, metavar="NAME", help=", ".join(STEPS))


def _set_up(commands: _Commands) -> None:
    plan = _add(commands, "plan", "what would change, and what waits for you; changes nothing")
    _steps(plan)
    _json(plan)
    apply = _add(commands, "apply", "do it without the wizard; asks nothing, may be repeated")
    _steps(apply)
    apply.add_argument(
        "--wait", type=_seconds, default=0, metavar="SECONDS", help="go on verifying what waits, for so long"
    )
    apply.add_argument("--credentials", metavar="FILE", help="KEY=VALUE lines for the DNS plugin")
    _passwords(apply)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _looking(commands: _Commands) -> None:
    health = _add(commands, "health", "look at everything; changes nothing")
    health.add_argument("--domain", action="append", default=[], metavar="NAME", help="only this domain (may repeat)")
    health.add_argument("--plain", action="store_true", help="plain text, also on a terminal")
    _json(health)
    records = _add(commands, "records", "the DNS records to publish")
    records.add_argument("--format", choices=("table", "zone", "nsupdate"), default="table")
    _json(records)


def _senders(commands: _Commands) -> None:
    sender = _add(commands, "sender", "the accounts that send mail")
    actions: _Commands = sender.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, about in (
        ("add", "make an account, or give it a new password"),
        ("check", "try its password with a real login"),
        ("remove", "remove an account"),
    ):
        action = _add(actions, name, about)
        action.add_argument("address")
        if name != "remove":
            _passwords(action)
    _json(_add(actions, "list", "the accounts there are"))


def _mail(commands: _Commands) -> None:
    send = _add(commands, "send-test", "send a mail through port 465 and follow it to the receiver's answer")
    send.add_argument("sender", metavar="FROM")
    send.add_argument("recipient", metavar="TO")
    _passwords(send)
    watch = _add(commands, "watch-mail", "show mail from outside arriving, until it came for each address or Ctrl+C")
    watch.add_argument("address", metavar="ADDRESS", nargs="*", help="whom it is written to (default: some of yours)")
    watch.add_argument("--wait", type=_seconds, default=None, metavar="SECONDS", help="wait no longer than this")
    inspect = _add(commands, "inspect", "read a received message and explain its verdicts")
    inspect.add_argument("file", metavar="FILE|-", help='its source ("Show original"), or - for standard input')
    _json(inspect)


def _saving(commands: _Commands) -> None:
    backup = _add(commands, "backup", "save the server's files and push them")
    backup.add_argument("--on-top", action="store_true", help="keep what somebody else pushed, and go on after it")
    backup.add_argument("--drill", action="store_true", help="try the restore, compare file by file; changes nothing")
    backup.add_argument("--new-key", action="store_true", help="make a key pair of age and show it, once")
    _identity(backup)
    restore = _add(commands, "restore", "bring a backup back onto a new server")
    restore.add_argument("url", metavar="URL", help="git@github.com:me/conf.git")
    _identity(restore)


def _identity(command: argparse.ArgumentParser) -> None:
    command.add_argument("--identity", metavar="FILE", help="the identity of age that opens the secrets")
