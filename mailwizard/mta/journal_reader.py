"""What chasquid wrote to the system's journal, oldest first (journalctl(1))."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone

from mailwizard.errors import HostError
from mailwizard.host.protocol import Host
from mailwizard.text import sentence

_JOURNALCTL = ("journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=MESSAGE")
_MAIL_LOG = ("--unit=chasquid.service", "SYSLOG_FACILITY=2")
_FIRST = 100  # lines that are shown of what was logged before
_RECENT = 1000  # lines, of some hundred mails: read in a moment, over SSH too


@dataclass(frozen=True)
class Line:
    """One message; `cursor` is its place in the journal."""

    at: datetime
    text: str
    cursor: str


async def last_cursor(host: Host) -> str:
    """The place of the newest message of the whole journal; empty in an empty one. Raises HostError."""
    ran = await host.run([*_JOURNALCTL, "--lines=1"], timeout=20)
    if not ran.ok and "permission" in ran.err:
        raise HostError(f"The system's journal may not be read by this user. {sentence(host.way_to_root)}")
    lines = _lines(ran.must().out)
    return lines[-1].cursor if lines else ""


async def mail_log_after(host: Host, cursor: str) -> list[Line]:
    """The mail log since `cursor`; all of this boot's when it is empty. Raises HostError."""
    since = f"--after-cursor={cursor}" if cursor else "--boot"
    return _lines((await host.run([*_JOURNALCTL, since, *_MAIL_LOG], timeout=20)).must().out)


async def service_log_after(host: Host, cursor: str) -> list[Line]:
    """All that chasquid and systemd say of the service since `cursor`, the newest lines when it is empty.

    Raises HostError when this user may not see it.
    """
    since = f"--after-cursor={cursor}" if cursor else f"--lines={_FIRST}"
    ran = await host.run([*_JOURNALCTL, since, _MAIL_LOG[0]], timeout=20)
    if not ran.ok and "permission" in ran.err:
        raise HostError(f"The system's journal may not be read by this user. {sentence(host.way_to_root)}")
    return _lines(ran.must().out)


async def recent_mail_log(host: Host) -> list[Line]:
    """The newest lines of the mail log, those of a former boot too. Raises HostError when this user may not see it."""
    lines = _lines((await host.run([*_JOURNALCTL, f"--lines={_RECENT}", *_MAIL_LOG], timeout=20)).must().out)
    if not lines and not host.is_root:
        raise HostError("the journal shows this user nothing")
    return lines


def _lines(out: str) -> list[Line]:
    return [line for text in out.splitlines() if (line := _line(text))]


def _line(text: str) -> Line | None:
    """One line of `journalctl -o json`; None for one cut short. A message that is not UTF-8 comes as numbers."""
    try:
        entry = json.loads(text)
        at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, timezone.utc)
        message = entry["MESSAGE"]
        if isinstance(message, list):
            message = bytes(message).decode("utf-8", "backslashreplace")
        if not isinstance(message, str):
            return None  # null: too large to show
        return Line(at, message, str(entry["__CURSOR"]))
    except (ValueError, KeyError, TypeError):
        return None
