"""What the two files of secrets, `--credentials` and `--passwords`, have in common: lines of pairs kept from others."""

from __future__ import annotations

from pathlib import PurePosixPath

from mailwizard.errors import FileMissing, FileUnreadable, HostError, Unreachable, UsageError
from mailwizard.host.protocol import Host

MOST_BYTES = 1_000_000


async def read(host: Host, path: str) -> tuple[str, list[str]]:
    """The text of a file of secrets, and warnings when others may read it.

    Raises UsageError, which never holds the content, when it is missing, unreadable, a folder, too big or no text.
    """
    if not path:
        raise UsageError("The file of secrets has no name: give one, or leave the option out.")
    name, stat = PurePosixPath(path).name or path, None
    try:
        stat = await host.stat(path)
        if stat and stat.is_dir:
            raise UsageError(f"{name}: {path} is a folder, not a file")
        if stat and stat.size > MOST_BYTES:
            raise _too_big(name, stat.size)
        content = await host.read(path)
    except FileMissing:
        what = f"{path} is no file with text in it (a pipe, a device, or a link that leads nowhere)"
        raise UsageError(f"{name}: {what if stat else f'there is no file {path}'}") from None
    except FileUnreadable:
        raise UsageError(f"{name}: you may not read {path}; try it as root") from None
    except Unreachable:
        raise
    except HostError as error:
        raise UsageError(f"{name}: {error}") from None
    open_to_all = stat is not None and not stat.is_link and stat.mode & 0o077
    warnings = [f"{path} can be read by others on this machine; run chmod 600 {path}"] if open_to_all else []
    return decoded(content, name), warnings


def decoded(content: bytes, name: str) -> str:
    """The content as text. Raises UsageError when it is too big or no UTF-8."""
    if len(content) > MOST_BYTES:
        raise _too_big(name, len(content))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: it is not UTF-8; is it a text file?") from None


def _too_big(name: str, size: int) -> UsageError:
    return UsageError(f"{name}: it is {size} bytes, more than any such file has")


def lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers from 1; empty ones and comments are left out."""
    numbered = enumerate(text.replace("\r\n", "\n").split("\n"), 1)
    return [(number, line) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")]


def wrong(path: str, number: int, reason: str) -> UsageError:
    """The error about one line; `reason` holds nothing of what the line says."""
    return UsageError(f"{PurePosixPath(path).name or path}: line {number}: {reason}")
