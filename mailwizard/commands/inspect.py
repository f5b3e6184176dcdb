"""`mailwizard inspect FILE|-`: a received message read and explained. Needs no root, no answers and no set-up."""

from __future__ import annotations

import argparse
import json
import os
import sys

from mailwizard import streams
from mailwizard.answers import ANSWERS_PATH, RESOLVERS
from mailwizard.errors import FileUnreadable, UsageError
from mailwizard.inspecting.message import MOST_BYTES, Message, read_message
from mailwizard.running import wait_for
from mailwizard.sitting import reached
from mailwizard.text import one_line

_PATIENCE = 15  # seconds for all questions to the DNS; most that is told needs none


def run(args: argparse.Namespace) -> int:
    """0 SPF, DKIM and DMARC pass, 1 something fails, 3 it cannot be told, 2 there is no message."""
    message = read_message(_content(args.file))
    return wait_for(lambda: _inspect(args, message))


async def _inspect(args: argparse.Namespace, message: Message) -> int:
    from mailwizard.dns.dns import Dns
    from mailwizard.inspecting.inspection import inspect
    from mailwizard.inspecting.patience import patient

    async with Dns(await _resolvers(args)) as dns:
        found = await inspect(message, patient(dns.resolve, _PATIENCE))
    print(json.dumps(found.as_json(), indent=1) if args.json else "\n".join(found.lines()))
    return found.exit_code


async def _resolvers(args: argparse.Namespace) -> tuple[str, ...]:
    """The answers' resolvers; the usual ones where there are no answers to be read. Raises AnswersError."""
    from mailwizard import answers_file

    async with reached(args) as host:
        if args.answers == ANSWERS_PATH:
            try:
                if await host.stat(ANSWERS_PATH) is None:
                    return RESOLVERS
                await host.read(ANSWERS_PATH)
            except FileUnreadable:
                return RESOLVERS
        return (await answers_file.load(host, args.answers)).dns.resolvers


def _content(name: str) -> bytes:
    """The file, or what is typed or piped in. Raises UsageError."""
    if name == "-":
        if sys.stdin.isatty():
            streams.tell("Paste the message's source, then press Enter and Ctrl+D.")
        return sys.stdin.buffer.read(MOST_BYTES)
    try:
        with open(name, "rb") as file:
            return file.read(MOST_BYTES)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "that is no file name"
        what = one_line(name) or "A file without a name"
        raise UsageError(f"{what} cannot be read: {why}. Name the file with the message's source.") from None
