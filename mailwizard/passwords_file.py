"""The senders' passwords: lines of address:password. What stands in them is never shown, not even in a complaint."""

from __future__ import annotations

import asyncio
import os
import re
import select
import sys

from mailwizard import pair_lines, values
from mailwizard.host.protocol import Host
from mailwizard.secret import Secret

STANDARD_INPUT = "-"
_PAUSE = 0.05  # seconds
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


async def load(host: Host, path: str) -> tuple[dict[str, Secret], list[str]]:
    """The passwords in a file of `host`, or on standard input for "-", and warnings for the user.

    Raises UsageError with the line's number.
    """
    if path == STANDARD_INPUT:
        content = await _read_input(pair_lines.MOST_BYTES + 1)
        return parse(pair_lines.decoded(content, "standard input"), "standard input"), []
    text, warnings = await pair_lines.read(host, path)
    return parse(text, path), warnings


def parse(text: str, path: str) -> dict[str, Secret]:
    """The passwords by address, in the file's order; all after the first colon is the password. Raises UsageError."""
    found: dict[str, Secret] = {}
    for number, line in pair_lines.lines(text):
        address, colon, password = line.partition(":")
        if not colon:
            raise pair_lines.wrong(path, number, "it is not address:password")
        try:
            address = values.email(address.strip()).lower()
        except ValueError:
            raise pair_lines.wrong(path, number, "before the colon is no mail address") from None
        if address in found:
            raise pair_lines.wrong(path, number, "its address is there twice")
        if not is_usable(password):
            raise pair_lines.wrong(path, number, "the password is empty or has a control character")
        found[address] = Secret(password)
    return found


def is_usable(password: str) -> bool:
    """False for an empty password, and for one with a control character."""
    return bool(password) and not _UNSAFE.search(password)


async def _read_input(most: int) -> bytes:
    """All of standard input, `most` bytes at most. Can be cancelled while nothing comes, unlike a thread that reads."""
    source, pieces = sys.stdin.fileno(), list[bytes]()
    while sum(map(len, pieces)) < most:
        while not select.select([source], [], [], 0)[0]:
            await asyncio.sleep(_PAUSE)
        if not (piece := os.read(source, 65536)):
            break
        pieces.append(piece)
    return b"".join(pieces)[:most]
