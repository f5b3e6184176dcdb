"""The identity of age that opens a backup's secrets, from a file on the machine that the command is typed on."""

from __future__ import annotations

import argparse

from mailwizard import pair_lines, streams
from mailwizard.errors import UsageError
from mailwizard.secret import Secret


async def given_identity(args: argparse.Namespace) -> Secret | None:
    """The identity in the file that `--identity` names, None without one. Raises UsageError, which never shows it."""
    if not args.identity:
        return None
    from mailwizard.host.local import LocalHost
    from mailwizard.log import CommandLog
    from mailwizard.text import one_line

    text, warnings = await pair_lines.read(LocalHost(CommandLog(None)), args.identity)
    for warning in warnings:
        streams.tell(one_line(f"mailwizard: {warning}"))
    return identity_in(text, args.identity)


def identity_in(text: str, path: str) -> Secret:
    """The one line of an identity file (age-keygen(1)) that is no comment. Raises UsageError."""
    found = [line.strip() for _, line in pair_lines.lines(text)]
    if len(found) != 1 or not found[0].startswith("AGE-SECRET-KEY-1"):
        raise UsageError(f"{path} has no single line that begins with AGE-SECRET-KEY-1: it is no identity of age.")
    return Secret(found[0])
