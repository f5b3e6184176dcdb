"""The identity of age that opens a backup's secrets, from a file on the machine that the command is typed on."""

from __future__ import annotations

import argparse

from mailwizard import pair_lines, streams
from mailwizard.errors import MailwizardError, UsageError
from mailwizard.host.protocol import Host
from mailwizard.secret import Secret


async def given_identity(args: argparse.Namespace) -> Secret | None:
    """The identity in the file that `--identity` names, None without one. Raises UsageError, which never shows it."""
    if not args.identity:
        return None
    from mailwizard.host.local import LocalHost
    from mailwizard.log import CommandLog
    from mailwizard.text import one_line

    host = LocalHost(CommandLog(None))
    await _refuse_other_keys(host, args.identity)
    text, warnings = await pair_lines.read(host, args.identity)
    for warning in warnings:
        streams.tell(one_line(f"mailwizard: {warning}"))
    return identity_in(text, args.identity)


async def _refuse_other_keys(host: Host, path: str) -> None:
    """Returns unless the file is a key of which it can be said what is to be done. Raises UsageError."""
    try:
        stat = await host.stat(path)
        begin = (await host.read(path))[:200] if stat and stat.size < pair_lines.MOST_BYTES else b""
    except MailwizardError:
        return  # reading it for good says why
    if begin.startswith((b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")):
        raise UsageError(
            f"{path} is encrypted with a passphrase. Open it first, `age --decrypt {path} >identity`, and give "
            "`--identity identity`; delete that file afterwards."
        )
    if b"PRIVATE KEY-----" in begin:
        raise UsageError(
            f"{path} is a private key of another kind (SSH or TLS). The backup's secrets are opened by an identity of "
            "age, which begins with AGE-SECRET-KEY-1: `mailwizard backup --new-key` showed it once."
        )


def identity_in(text: str, path: str) -> Secret:
    """The one line of an identity file (age-keygen(1)) that is no comment. Raises UsageError."""
    found = [line.strip() for _, line in pair_lines.lines(text)]
    if len(found) != 1 or not found[0].startswith("AGE-SECRET-KEY-1"):
        raise UsageError(f"{path} has no single line that begins with AGE-SECRET-KEY-1: it is no identity of age.")
    return Secret(found[0])
