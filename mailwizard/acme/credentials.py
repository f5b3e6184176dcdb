"""credentials.env: the DNS plugin's variables, kept for the renewals (EnvironmentFile= of systemd.exec(5))."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailwizard.answers import CREDENTIALS_PATH, FOLDER
from mailwizard.change import Change
from mailwizard.credentials_file import parse
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, text_of
from mailwizard.secret import Secret

_QUOTING = re.compile(r"[\\'\"$`]|^\s*export ", re.MULTILINE)  # read by systemd as by us when there is none of these
_ESCAPED = re.compile(r'([\\"$`])')


def as_environment(variables: Mapping[str, Secret]) -> str:
    """The file's text: double quotes around each value, as systemd reads them back."""
    lines = (f'{name}="{_ESCAPED.sub(_slashed, value.reveal())}"\n' for name, value in sorted(variables.items()))
    return "# Made by mailwizard: what acme.sh's DNS plugin needs to renew the certificate.\n" + "".join(lines)


def from_environment(text: str) -> dict[str, Secret]:
    """The variables in such a file. Raises UsageError for a line that is none."""
    return parse(text, CREDENTIALS_PATH)


async def kept_credentials(host: Host) -> dict[str, Secret]:
    """The variables as kept on the machine; none when there is no file. Raises FileUnreadable or UsageError."""
    try:
        return from_environment(await text_of(host, CREDENTIALS_PATH))
    except FileMissing:
        return {}


async def credentials_changes(host: Host, given: Mapping[str, Secret]) -> list[Change]:
    """What keeps the variables given now; empty when none were given or the same are kept. Raises FileUnreadable."""
    from mailwizard.changes.files import make_dir, write_file

    if not given:
        return []
    note = f"{len(given)} variable{'' if len(given) == 1 else 's'} of the DNS plugin"
    folder = [] if await host.stat(FOLDER) else await make_dir(host, FOLDER)
    found = await _text(host)
    same = found is not None and not _QUOTING.search(found) and from_environment(found) == dict(given)
    text = found if found is not None and same else as_environment(given)
    return [*folder, *await write_file(host, CREDENTIALS_PATH, text, mode=0o600, secret=True, note=note)]


async def _text(host: Host) -> str | None:
    try:
        return await text_of(host, CREDENTIALS_PATH)
    except FileMissing:
        return None


def _slashed(match: re.Match[str]) -> str:
    return f"\\{match[1]}"
