"""A password from a file, from standard input, or asked on the terminal without echo."""

from __future__ import annotations

import getpass
import sys

from mailwizard import passwords_file
from mailwizard.errors import UsageError
from mailwizard.secret import Secret
from mailwizard.text import printable


def password_for(source: str | None, address: str, *, new: bool = False) -> Secret:
    """The password of `address`. Raises UsageError when the file has none, or nobody can be asked."""
    if source:
        found = passwords_file.read(source).get(address)
        if found is None:
            raise UsageError(f"{printable(source)} has no line for {address}: write one, `{address}:password`.")
        return found
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password: give it with --passwords FILE or -.")
    first = getpass.getpass(f"Password of {address}: ")
    if new and getpass.getpass("Once more: ") != first:
        raise UsageError("The two passwords differ. Nothing was changed.")
    if not first:
        raise UsageError("An empty password is none. Nothing was changed.")
    return Secret(first)
