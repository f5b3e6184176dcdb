"""A password from a file, from standard input, or asked on the terminal without echo."""

from __future__ import annotations

import argparse
import getpass
import sys

from mailwizard import values
from mailwizard.errors import UsageError
from mailwizard.passwords_file import STANDARD_INPUT
from mailwizard.secret import Secret
from mailwizard.sitting import given_secrets
from mailwizard.text import printable


async def password_for(args: argparse.Namespace, address: str, *, repeat: bool = False) -> Secret:
    """The password of `address`. Raises UsageError when the file has none, or nobody can be asked."""
    if args.passwords is not None:
        return await _from_file(args, address)
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password: give it with --passwords FILE or -.")
    first = getpass.getpass(f"Password of {address}: ")
    if repeat and getpass.getpass("Once more: ") != first:
        raise UsageError("The two passwords differ. Nothing was changed.")
    if not first:
        raise UsageError("An empty password is none. Nothing was changed.")
    return Secret(first)


async def _from_file(args: argparse.Namespace, address: str) -> Secret:
    found = (await given_secrets(args)).passwords.get(address)
    where = "standard input" if args.passwords == STANDARD_INPUT else printable(args.passwords)
    if found is None:
        raise UsageError(f"{where} has no line for {address}: write one, `{address}:password`.")
    args.passwords = None  # read: standard input gives nothing a second time, and one warning about the file is enough
    return found


def mail_address(text: str) -> str:
    """A mail address of the command line, its domain in lower case. Raises UsageError."""
    try:
        return values.email(text)
    except ValueError as error:
        raise UsageError(f'"{printable(text)}" {error}') from None
