"""A password from a file, from standard input, or asked on the terminal without echo."""

from __future__ import annotations

import argparse
import sys

from mailwizard import values
from mailwizard.errors import UsageError
from mailwizard.passwords_file import STANDARD_INPUT, is_usable
from mailwizard.secret import Secret
from mailwizard.sitting import given_secrets
from mailwizard.text import one_line, printable
from mailwizard.typed import hidden


def password_typed(args: argparse.Namespace, address: str) -> Secret | None:
    """The password of `address` as typed on the terminal; None when --passwords names where it stands.

    Raises UsageError when nobody can be asked, or what was typed is no password.
    """
    if args.passwords is not None:
        return None
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password: give it with --passwords FILE or -.")
    password = hidden(f"Password of {address}")
    if not password:
        raise UsageError("An empty password is none. Nothing was changed.")
    if not is_usable(password):
        raise UsageError("The password has a control character, which no mail program can send. Nothing was changed.")
    return Secret(password)


def password_typed_twice(args: argparse.Namespace, address: str) -> Secret | None:
    """The same for a new password, whose typing errors nobody else would find. Raises UsageError."""
    password = password_typed(args, address)
    if password and hidden("Once more") != password.reveal():
        raise UsageError("The two passwords differ. Nothing was changed.")
    return password


async def password_given(args: argparse.Namespace, address: str) -> Secret:
    """The password of `address`, in lower case, in the file of --passwords. Raises UsageError when it has none."""
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
        raise UsageError(f'"{one_line(text)}" {error}') from None


def account_address(text: str) -> str:
    """An address that can be an account here, in lower case. Raises UsageError."""
    address = mail_address(text).lower()
    try:
        values.local_part(address.rpartition("@")[0])
    except ValueError as error:
        raise UsageError(f'"{one_line(text)}" can be no account: what stands before the @ {error}') from None
    return address
