"""credentials.env: the DNS plugin's variables, kept for the renewals (EnvironmentFile= of systemd.exec(5))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mailwizard import pair_lines
from mailwizard.answers import CREDENTIALS_PATH, FOLDER
from mailwizard.change import Change
from mailwizard.credentials_file import parse
from mailwizard.errors import FileMissing, FileUnreadable, UsageError
from mailwizard.host.protocol import Host, text_of
from mailwizard.secret import Secret
from mailwizard.text import listed

_QUOTING = re.compile(r"[\\'\"$`]|^\s*export ", re.MULTILINE)  # read by systemd as by us when there is none of these
_ESCAPED = re.compile(r'([\\"$`])')


def as_environment(variables: Mapping[str, Secret]) -> str:
    """The file's text: double quotes around each value, as systemd reads them back."""
    lines = (f'{name}="{_ESCAPED.sub(_slashed, value.reveal())}"\n' for name, value in sorted(variables.items()))
    return "# Made by mailwizard: what acme.sh's DNS plugin needs to renew the certificate.\n" + "".join(lines)


def from_environment(text: str) -> dict[str, Secret]:
    """The variables in such a file. Raises UsageError for a line that is none."""
    return parse(text, CREDENTIALS_PATH)


@dataclass(frozen=True)
class Kept:
    """What credentials.env holds: `variables` is None when this user may not see them, and `fault` says, without its
    content, why nothing can be read from the file."""

    variables: Mapping[str, Secret] | None = field(default_factory=dict)
    fault: str = ""


async def kept_credentials(host: Host) -> Kept:
    """The variables as kept on the machine; none when there is no file."""
    try:
        content = await host.read(CREDENTIALS_PATH)
    except FileMissing:
        return Kept()
    except FileUnreadable:
        return Kept(None)
    try:
        return Kept(from_environment(pair_lines.decoded(content, PurePosixPath(CREDENTIALS_PATH).name)))
    except UsageError as error:
        return Kept(fault=str(error))


async def credentials_changes(host: Host, wanted: Mapping[str, Secret]) -> list[Change]:
    """What keeps these variables, for root alone; empty when there are none or so they are kept.

    Raises FileUnreadable.
    """
    from mailwizard.changes.files import make_dir, write_file

    if not wanted:
        return []
    kept = (await kept_credentials(host)).variables or {}
    gone = sorted(set(kept) - set(wanted))
    less = f", without {listed(gone)}, which you no longer give" if gone else ""
    note = f"{len(wanted)} variable{'' if len(wanted) == 1 else 's'} of the DNS plugin{less}"
    folder = [] if await host.stat(FOLDER) else await make_dir(host, FOLDER)
    text = await _as_it_stands(host, wanted, kept) or as_environment(wanted)
    return [*folder, *await write_file(host, CREDENTIALS_PATH, text, mode=0o600, secret=True, note=note)]


async def _as_it_stands(host: Host, wanted: Mapping[str, Secret], kept: Mapping[str, Secret]) -> str:
    """The file's own text where systemd and we read just these variables in it; else empty."""
    if dict(kept) != dict(wanted):
        return ""
    text = await text_of(host, CREDENTIALS_PATH)
    return "" if _QUOTING.search(text) else text


def _slashed(match: re.Match[str]) -> str:
    return f"\\{match[1]}"
